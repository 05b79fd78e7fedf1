import type { MeterProvider } from "@opentelemetry/api";
import { type Counter, MetricRegistry } from "../metrics/index.ts";
import { measurementsDropped } from "../metrics/metrics.ts";
import { methodsOption } from "../shared/options.ts";
import { createReporter } from "../shared/report.ts";

/**
 * Where an instrumentation's metrics live, and where its faults go: counted in
 * `taskmon.measurements.dropped` and said once per cause, never thrown.
 */
export class HttpTelemetry {
  readonly registry: MetricRegistry;
  /** Whether the registry is our own, and not one that the caller gave. */
  readonly #isOwn: boolean;
  readonly #dropped: Counter<{ readonly "taskmon.reason": string }>;
  readonly #report = createReporter("http");
  #provider: MeterProvider | undefined;

  /**
   * @param option how the caller names the registry
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

  /** The provider that the metrics reach, as far as anybody said. */
  get provider(): MeterProvider | undefined {
    return this.#provider;
  }

  /** Brings the metrics to `provider`, unless they are in a registry that the caller gave. */
  bind(provider: MeterProvider): void {
    this.#provider = provider;
    if (this.#isOwn) this.registry.setMeterProvider(provider);
  }

  /** A request of the `side` (`server`, `client`, `fetch`) could not be measured. Never throws. */
  failed(side: string, error: unknown): void {
    this.#dropped.add(1, { "taskmon.reason": "failed" });
    this.#report.errorOnce(side, "A request could not be measured", error);
  }

  /** A hook of the options (`server.ignore`) threw, or gave what it must not. Never throws. */
  hookFailed(hook: string, error: unknown): void {
    this.#dropped.add(1, { "taskmon.reason": "hook_failed" });
    this.#report.errorOnce(`hook ${hook}`, `The hook ${hook} failed; the request goes on`, error);
  }
}
