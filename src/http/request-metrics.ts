import type { ServerResponse } from "node:http";
import type { Http2ServerResponse } from "node:http2";
import type { MeterProvider } from "@opentelemetry/api";
import type { MetricRegistry } from "../metrics/index.ts";
import type { HttpInstrumentation } from "./http-instrumentation.ts";
import { FetchMetricsInstrumentation } from "./fetch/fetch-instrumentation.ts";
import {
  HttpMetricsInstrumentation,
  type HttpMetricsOptions,
} from "./http-metrics-instrumentation.ts";

/**
 * The request metrics of all sides, which are turned on and off together. It observes as soon as it is
 * created.
 */
export class RequestMetrics {
  readonly #sides: readonly HttpInstrumentation[];
  #enabled = true;
  #paused = false;

  /**
   * @param options `client` also applies to `fetch` and undici; false turns off all metrics
   * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
   */
  constructor(
    options: Omit<HttpMetricsOptions, "registry"> | false | undefined,
    registry: MetricRegistry,
  ) {
    this.#sides = sidesOf(options, registry);
    this.#enabled = this.#sides.some((side) => side.getConfig().enabled);
  }

  /** Exports the metrics through `provider`. */
  setMeterProvider(provider: MeterProvider): void {
    for (const side of this.#sides) side.setMeterProvider(provider);
  }

  /** Measures the request of this response now, before its end. Never throws. */
  settle(response: ServerResponse | Http2ServerResponse): void {
    for (const side of this.#sides) {
      if (side instanceof HttpMetricsInstrumentation) side.settle(response);
    }
  }

  /** Observes the requests that start from now on, or after {@link resume} if it is paused. Idempotent. */
  enable(): void {
    this.#enabled = true;
    this.#apply();
  }

  /** Removes all our listeners. Idempotent. */
  disable(): void {
    this.#enabled = false;
    this.#apply();
  }

  /** Removes all our listeners until {@link resume}. Idempotent. */
  pause(): void {
    this.#paused = true;
    this.#apply();
  }

  /** Observes again, if it is enabled. Idempotent. */
  resume(): void {
    this.#paused = false;
    this.#apply();
  }

  #apply(): void {
    for (const side of this.#sides) {
      if (this.#enabled && !this.#paused) side.enable();
      else side.disable();
    }
  }
}

function sidesOf(
  options: Omit<HttpMetricsOptions, "registry"> | false | undefined,
  registry: MetricRegistry,
): HttpInstrumentation[] {
  if (options === false) return [];
  const http = new HttpMetricsInstrumentation({ ...options, registry });
  if (options?.client === false) return [http];
  const { enabled, durations, client } = options ?? {};
  const fetches = new FetchMetricsInstrumentation({
    ...client,
    ...(enabled !== undefined && { enabled }),
    ...(durations !== undefined && { durations }),
    registry,
  });
  return [http, fetches];
}
