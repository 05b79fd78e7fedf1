import { InvalidOptionError } from "../../shared/errors.ts";
import { ClientMeter } from "../client/client-meter.ts";
import type { MeasuredRequest } from "../client/measured-request.ts";
import { defaultPort } from "../client/origin.ts";
import { lengthOf } from "../client/sizes.ts";
import type { HttpClientOptions } from "../options.ts";
import { clientSettings } from "../settings.ts";
import { Durations } from "../upstream-durations.ts";
import { webErrorType } from "./error-type.ts";
import type { MeasuringTaskmon } from "./measured-handler.ts";
import { isNode } from "./runtime.ts";
import { givenTelemetry } from "./telemetry.ts";

/** `fetch`, or what is called like it. */
type Fetch = typeof globalThis.fetch;

/**
 * A `fetch` whose requests are in the `http.client.*` metrics, for Bun and Deno, which publish nothing about
 * theirs. Node.js does, so there you get `fetch` itself.
 *
 * A request ends when its response's header block is there, and counts once with all its redirects. The sizes
 * are those that request and response declare.
 * @param fetch what sends the requests. @default the runtime's
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 * @example globalThis.fetch = measuredFetch(taskmon);
 */
export function measuredFetch(
  taskmon: MeasuringTaskmon,
  fetch: Fetch = globalThis.fetch,
  options?: HttpClientOptions,
): Fetch {
  if (typeof fetch !== "function") throw new InvalidOptionError("fetch", "a function", fetch);
  const meter = fetchMeter(taskmon, options);
  return isNode() ? fetch : meteredFetch(meter, fetch);
}

/** The meter of a `fetch`; checks the options on every runtime. */
export function fetchMeter(
  { metrics }: MeasuringTaskmon,
  options: HttpClientOptions | undefined,
): ClientMeter {
  const telemetry = givenTelemetry(metrics);
  const settings = clientSettings("measuredFetch", options)!;
  return new ClientMeter(
    "fetch",
    telemetry,
    settings,
    new Durations("always", UPSTREAM, () => undefined),
  );
}

/** A `fetch` whose requests `meter` measures, on any runtime. What it has besides, `preconnect` of Bun's say, stays. */
export function meteredFetch(meter: ClientMeter, fetch: Fetch): Fetch {
  const measured = async (...[input, init]: Parameters<Fetch>): Promise<Response> => {
    const request = begin(meter, input, init);
    if (request === undefined) return fetch(input, init);
    try {
      const response = await fetch(input, init);
      end(meter, request, response, undefined);
      return response;
    } catch (error) {
      end(meter, request, undefined, error);
      throw error;
    }
  };
  return Object.assign(measured, fetch);
}

interface Sent {
  readonly measured: MeasuredRequest;
  readonly bytes: number | undefined;
}

/** Undefined if the request is not measured, or its URL cannot be read. Never throws. */
function begin(
  meter: ClientMeter,
  input: Parameters<Fetch>[0],
  init: Parameters<Fetch>[1],
): Sent | undefined {
  try {
    const given = input instanceof Request ? input : undefined;
    const url = given?.url ?? (input as string | URL).toString();
    // `fetch` itself reports a wrong URL. Only HTTP is measured.
    if (!/^https?:/i.test(url) || !URL.canParse(url)) return undefined;
    const { protocol, hostname, port, pathname, search } = new URL(url);
    const scheme = protocol === "https:" ? "https" : "http";
    const method = (init?.method ?? given?.method ?? "GET").toUpperCase();
    const origin = meter.origins.of(scheme, hostname, Number(port) || defaultPort(scheme));
    const measured = meter.begin(method, origin, hostname, pathname + search);
    if (measured === undefined) return undefined;
    meter.activate(measured);
    return { measured, bytes: bodyBytes(init?.body ?? given?.body) };
  } catch (error) {
    meter.failed(error);
    return undefined;
  }
}

/** Never throws. */
function end(
  meter: ClientMeter,
  { measured, bytes }: Sent,
  response: Response | undefined,
  error: unknown,
): void {
  try {
    const failure = response === undefined ? webErrorType(error) : undefined;
    const length = response?.headers.get("content-length") ?? undefined;
    meter.end(
      measured,
      response?.status,
      undefined,
      failure,
      response === undefined ? undefined : bytes,
      length === undefined ? undefined : lengthOf(length),
      response ?? measured,
    );
  } catch (failure) {
    meter.failed(failure);
  }
}

/** The bytes of a body that is there whole; undefined for one that is not. */
function bodyBytes(body: unknown): number | undefined {
  if (body === null || body === undefined) return 0;
  if (typeof body === "string") return Buffer.byteLength(body);
  if (body instanceof ArrayBuffer || ArrayBuffer.isView(body)) return body.byteLength;
  if (body instanceof Blob) return body.size;
  if (body instanceof URLSearchParams) return Buffer.byteLength(String(body));
  return undefined;
}

const UPSTREAM = {
  meter: "@opentelemetry/instrumentation-undici",
  metric: "http.client.request.duration",
};
