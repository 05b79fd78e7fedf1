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

/** `fetch`, or a function with the same signature. */
type Fetch = typeof globalThis.fetch;

/**
 * Returns a `fetch` whose requests are in the `http.client.*` metrics. Use it on Bun and Deno, which do not
 * publish their requests. Node.js publishes them, so there you get `fetch` itself.
 *
 * A request ends when the header block of its response arrives, and counts once including all its redirects.
 * The sizes are those that request and response declare.
 * @param fetch the function that sends the requests. @default the runtime's `fetch`
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

/** Creates the meter of a `fetch`. Checks the options on every runtime. */
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

/**
 * Returns a `fetch` whose requests `meter` measures, on any runtime. Other properties, such as Bun's
 * `preconnect`, stay.
 */
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

/**
 * Starts to measure a request. Returns undefined if it is not measured, or its URL cannot be read. Never
 * throws.
 */
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

/** Records the end of a request. Never throws. */
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

/** Returns the bytes of a body that is in memory, or undefined for a stream. */
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
