import type { MeterProvider } from "@opentelemetry/api";
import { type Counter, MetricRegistry } from "../metrics/index.ts";
import { measurementsDropped } from "../metrics/metrics.ts";
import { methodsOption } from "../shared/options.ts";
import { createReporter } from "../shared/report.ts";

/**
 * The registry of an instrumentation's metrics, and the place for its errors. Errors are counted in
 * `taskmon.measurements.dropped` and logged once per cause, never thrown.
 */
export class HttpTelemetry {
  readonly registry: MetricRegistry;
  /** Whether the registry is our own, not one that the caller passed. */
  readonly #isOwn: boolean;
  readonly #dropped: Counter<{ readonly "taskmon.reason": string }>;
  readonly #report = createReporter("http");
  #provider: MeterProvider | undefined;

  /**
   * @param option the name of the registry option in errors
   * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
   */
  constructor(option: string, registry: MetricRegistry | undefined) {
    this.#isOwn = registry === undefined;
    this.registry =
      registry === undefined
        ? new MetricRegistry()
        : methodsOption(option, registry, ["histogram", "upDownCounter", "counter"]);
    this.#dropped = this.registry.counter(measurementsDropped);
  }

  /** The MeterProvider of the metrics, if it is known. */
  get provider(): MeterProvider | undefined {
    return this.#provider;
  }

  /** Exports the metrics through `provider`, unless the caller passed a registry. */
  bind(provider: MeterProvider): void {
    this.#provider = provider;
    if (this.#isOwn) this.registry.setMeterProvider(provider);
  }

  /**
   * Reports that a request of the `side` (`server`, `client`, `fetch`) could not be measured. Never throws.
   */
  failed(side: string, error: unknown): void {
    this.#dropped.add(1, { "taskmon.reason": "failed" });
    this.#report.errorOnce(side, "A request could not be measured", error);
  }

  /** Reports that a hook of the options (such as `server.ignore`) failed. Never throws. */
  hookFailed(hook: string, error: unknown): void {
    this.#dropped.add(1, { "taskmon.reason": "hook_failed" });
    this.#report.errorOnce(
      `hook ${hook}`,
      `The hook ${hook} failed; the request is not affected`,
      error,
    );
  }
}
