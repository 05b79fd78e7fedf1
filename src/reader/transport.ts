import { withCalls } from "../sdk/grpc-transport.ts";
import {
  type AttemptResponse,
  makesRequests,
  senderOf,
  type Transport,
  transportOf,
  withRequests,
} from "../sdk/otlp-exporter.ts";
import { type DeliveryOutcome, deliveryOfAttempt } from "./delivery-outcome.ts";
import type { ExportInFlight } from "./export-in-flight.ts";
import { ExportAttempt } from "./export-attempt.ts";

/** The export whose exporter is being called now. The exporter calls its transport before it returns. */
let entering: ExportInFlight | undefined;
/** The exports by their bytes. Each attempt sends the same bytes object. */
const exportsInFlight = new WeakMap<object, ExportInFlight>();
/** The gated transports. Exporters may share a transport. */
const gated = new WeakSet<Transport>();

/**
 * Makes each attempt of an OTLP exporter ask its export before it begins, and again when its request is made.
 * If the export ends, the request is destroyed or the call cancelled.
 * @returns whether `exporter` is an OTLP exporter
 */
export function gateTransport(exporter: object): boolean {
  const transport = transportOf(exporter);
  if (transport === undefined) return false;
  if (!gated.has(transport)) {
    gated.add(transport);
    gateAttempts(senderOf(transport));
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

/**
 * Connects the bytes with the export, and limits the transport's time to the remaining time of the export.
 */
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
  const seesRequests = makesRequests(transport);
  const attempt = new ExportAttempt(inFlight, !seesRequests);
  let delivery: DeliveryOutcome = "unknown";
  try {
    const view = seesRequests
      ? withRequests(transport, (make) => attempt.request(make))
      : withCalls(transport, (call) => attempt.cutBy(() => call.cancel()));
    const response = await send(view, data, Math.min(timeoutMs, inFlight.remainingMs));
    delivery = deliveryOfAttempt(response);
    return inFlight.answer(response);
  } finally {
    attempt.end(delivery);
  }
}
