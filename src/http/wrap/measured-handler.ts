import type { MetricRegistry } from "../../metrics/index.ts";
import { InvalidOptionError } from "../../shared/errors.ts";
import { optionsObject, textOption } from "../../shared/options.ts";
import { knownMethods } from "../attributes.ts";
import type { HttpServerOptions } from "../options.ts";
import { ServerMetrics } from "../server/server-metrics.ts";
import { serverSettings } from "../settings.ts";
import { givenTelemetry } from "./telemetry.ts";
import { Durations } from "../upstream-durations.ts";
import { isNode } from "./runtime.ts";
import { type Measurement, ServerMeter } from "./server-meter.ts";

/** The part of a Taskmon object that we use: its registry. */
export interface MeasuringTaskmon {
  readonly metrics: MetricRegistry;
}

/** Options of {@link measuredHandler}. */
export interface MeasuredHandlerOptions extends HttpServerOptions {
  /**
   * The `http.route` of all requests of the handler, for example in `Bun.serve({ routes })`. @default none
   */
  readonly route?: string;
}

/** The result of a handler. On Bun undefined means that the connection became a WebSocket. */
type Answered = Response | undefined | void;

/**
 * Returns a handler whose requests are in the `http.server.*` metrics. Use it for `Bun.serve` and
 * `Deno.serve`, which do not publish their requests. Node.js publishes them, so there you get the handler
 * itself.
 *
 * On Deno a request ends when its response is sent. On Bun it ends when the handler returns the response,
 * because Bun does not report when the body is sent. The sizes are those that request and response declare.
 * `setHttpRoute(request, …)` sets the route.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 * @example Bun.serve({ fetch: measuredHandler(taskmon, app.fetch) });
 */
export function measuredHandler<Args extends [request: Request, ...rest: unknown[]], Given>(
  taskmon: MeasuringTaskmon,
  handler: (...args: Args) => Given,
  options?: MeasuredHandlerOptions,
): (...args: Args) => Given {
  if (typeof handler !== "function") throw new InvalidOptionError("handler", "a function", handler);
  const meter = serverMeter(taskmon, options);
  return isNode() ? handler : metered(meter, handler);
}

/** Creates the meter of a handler. Checks the options on every runtime. */
export function serverMeter(
  { metrics }: MeasuringTaskmon,
  options: MeasuredHandlerOptions | undefined,
): ServerMeter {
  const { route, ...server } = optionsObject("measuredHandler", options, KEYS);
  const settings = serverSettings("measuredHandler", server)!;
  const named = route === undefined ? undefined : textOption("measuredHandler.route", route);
  const telemetry = givenTelemetry(metrics);
  const durations = new Durations("always", UPSTREAM, () => undefined);
  return new ServerMeter(
    new ServerMetrics(telemetry, settings, durations, knownMethods(process.env)),
    named,
  );
}

/** Returns a handler whose requests `meter` measures, on any runtime. */
export function metered<Args extends [request: Request, ...rest: unknown[]], Given>(
  meter: ServerMeter,
  handler: (...args: Args) => Given,
): (...args: Args) => Given {
  const measured = function (this: unknown, ...args: Args): Given {
    const measurement = meter.begin(args[0]);
    let given: Given;
    try {
      given = handler.apply(this, args);
    } catch (error) {
      measurement.threw();
      throw error;
    }
    const over = (response: Answered): void => answered(measurement, args, response ?? undefined);
    // We return the promise itself, so that the runtime sees a rejection.
    if (given instanceof Promise) given.then(over, () => measurement.threw());
    else over(given as Answered);
    return given;
  };
  // Deno passes only as many arguments as the handler declares.
  return Object.defineProperty(measured, "length", { value: 2 });
}

/**
 * Handles the response of the handler. Deno reports whether it arrived; elsewhere the signal shows whether
 * the client left.
 */
function answered(
  measurement: Measurement,
  [request, beside]: [request: Request, ...rest: unknown[]],
  response: Response | undefined,
): void {
  const { completed } = (beside ?? {}) as { readonly completed?: unknown };
  if (completed instanceof Promise) {
    completed.then(
      () => measurement.answered(response),
      () => measurement.left(),
    );
    // On Deno do not read the signal: it prints a warning, and aborts the signal after each response.
  } else if (process.versions["deno"] === undefined && hasLeft(request)) {
    measurement.left();
  } else {
    measurement.answered(response);
  }
}

function hasLeft({ signal }: { readonly signal?: AbortSignal }): boolean {
  return signal?.aborted === true;
}

const UPSTREAM = {
  meter: "@opentelemetry/instrumentation-http",
  metric: "http.server.request.duration",
};

const KEYS: readonly (keyof MeasuredHandlerOptions)[] = [
  ...(["route", "ignore", "labels", "attributes", "buckets", "metrics"] as const),
  ...(["trustForwarded", "maxRoutes"] as const),
];
