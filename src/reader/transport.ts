import {
  type AttemptResponse,
  type DeliveryOutcome,
  deliveryOfAttempt,
} from "./delivery-outcome.ts";
import type { ExportInFlight } from "./export-in-flight.ts";
import { ExportAttempt } from "./export-attempt.ts";
import { withCallsOf } from "./transport-grpc.ts";

/* oxlint-disable no-underscore-dangle -- The names are the SDK's. */

/*
 * What an OTLP exporter of both release lines is made of: an exporter has a delegate, which has a
 * transport that retries, which has one that sends. None of it is public, so each part is looked for,
 * and one that is not there leaves the gate where it was before.
 */

interface Transport {
  send: (data: unknown, timeoutMs: number) => Promise<AttemptResponse>;
  /** Present in a transport that retries. */
  _transport?: Transport;
  /** Present in the one that sends over HTTP; it makes the request with `request`. */
  _loadUtils?(): Promise<{ request: (...args: unknown[]) => { destroy(error?: Error): unknown } }>;
}

/** The export whose exporter is being called now; a transport is called before that returns. */
let entering: ExportInFlight | undefined;
/** The export by the bytes that are sent for it, which stay the same from attempt to attempt. */
const exportsInFlight = new WeakMap<object, ExportInFlight>();
/** A transport may be shared by exporters. */
const gated = new WeakSet<Transport>();

/**
 * Lets each attempt of an OTLP exporter ask its export before it begins, the last time when its
 * request is made, and destroys the request, or cancels the call, when the export ends.
 * @returns whether `exporter` is one
 */
export function gateTransport(exporter: object): boolean {
  const transport = transportOf(exporter);
  if (transport === undefined) return false;
  const sender = isTransport(transport._transport) ? transport._transport : transport;
  if (!gated.has(transport)) {
    gated.add(transport);
    gateAttempts(sender);
    gateEntry(transport);
  }
  return true;
}

/** Calls an exporter on behalf of `inFlight`. */
export function enter(inFlight: ExportInFlight, call: () => void): void {
  const outer = entering;
  entering = inFlight;
  try {
    call();
  } finally {
    entering = outer;
  }
}

/** Ties the bytes to the export, and gives the transport no more time than that has. */
function gateEntry(transport: Transport): void {
  const send = transport.send.bind(transport);
  transport.send = (data, timeoutMs) => {
    const inFlight = entering;
    if (inFlight === undefined || typeof data !== "object" || data === null) {
      return send(data, timeoutMs);
    }
    exportsInFlight.set(data, inFlight);
    return send(data, Math.min(timeoutMs, inFlight.remainingMs));
  };
}

function gateAttempts(transport: Transport): void {
  const original = transport.send;
  const send = (view: Transport, data: unknown, timeoutMs: number): Promise<AttemptResponse> =>
    original.call(view, data, timeoutMs);
  transport.send = (data, timeoutMs) => {
    const inFlight = exportsInFlight.get(data as object) ?? entering;
    if (inFlight === undefined) return send(transport, data, timeoutMs);
    return runAttempt(transport, send, inFlight, data, timeoutMs);
  };
}

async function runAttempt(
  transport: Transport,
  send: (view: Transport, data: unknown, timeoutMs: number) => Promise<AttemptResponse>,
  inFlight: ExportInFlight,
  data: unknown,
  timeoutMs: number,
): Promise<AttemptResponse> {
  try {
    inFlight.check();
  } catch (error) {
    return { status: "failure", error };
  }
  const attempt = new ExportAttempt(inFlight, !hasRequests(transport));
  let delivery: DeliveryOutcome = "unknown";
  try {
    const view = hasRequests(transport)
      ? withRequestsOf(transport, attempt)
      : withCallsOf(transport, attempt);
    const response = await send(view, data, Math.min(timeoutMs, inFlight.remainingMs));
    delivery = deliveryOfAttempt(response);
    return response;
  } finally {
    attempt.end(delivery);
  }
}

function hasRequests(
  transport: Transport,
): transport is Transport & Required<Pick<Transport, "_loadUtils">> {
  return typeof transport._loadUtils === "function";
}

/** The transport as one attempt sees it: itself, but for the function that makes requests. */
function withRequestsOf(
  transport: Transport & Required<Pick<Transport, "_loadUtils">>,
  attempt: ExportAttempt,
): Transport {
  return Object.create(transport, {
    _loadUtils: {
      value: async () => {
        const utils = await transport._loadUtils();
        const { request } = utils;
        return {
          ...utils,
          request: (...args: unknown[]) => attempt.request(() => request(...args)),
        };
      },
    },
  }) as Transport;
}

function transportOf(exporter: object): Transport | undefined {
  const { _delegate: delegate } = exporter as { _delegate?: { _transport?: unknown } };
  const transport = delegate?._transport;
  return isTransport(transport) ? transport : undefined;
}

function isTransport(value: unknown): value is Transport {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof (value as Partial<Transport>).send === "function"
  );
}
