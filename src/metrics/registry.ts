import type { MeterProvider } from "@opentelemetry/api";
import { createReporter } from "../shared/report.ts";
import { InvalidOptionError } from "../shared/errors.ts";
import { booleanOption, choiceOption } from "../shared/options.ts";
import { createDropSink, type DropReason } from "./drops.ts";
import { Form } from "./form.ts";
import { HandleMaker } from "./handle-maker.ts";
import type { Counter } from "./handles.ts";
import {
  type GlobalCallback,
  GlobalCallbacks,
  type RunGlobalCallbacksOptions,
} from "./global-callbacks.ts";
import { HistogramMetric } from "./histogram-metric.ts";
import { InstrumentsDelivery } from "./instruments.ts";
import { type Catalogue, catalogueOf } from "./catalogue.ts";
import { isBeyondInstruments, type MetricContext } from "./metric-base.ts";
import type { Metric } from "./metric.ts";
import { MetricIndex } from "./metric-index.ts";
import { measurementsDropped } from "./metrics.ts";
import type { MetricSpec } from "./spec.ts";
import { type RegistryListener, RegistryListeners } from "./registry-listeners.ts";
import type { MetricRegistryOptions, MetricSummary } from "./registry-options.ts";
import { Views } from "./views.ts";

/**
 * Creates handles from specs, and knows every metric. Handles work before any SDK exists. Attached readers or
 * instruments of a MeterProvider export their measurements.
 */
export class MetricRegistry extends HandleMaker {
  /** @internal The names and constant labels of the exported metrics. */
  readonly form: Form;
  /** @internal The views that give metrics their exported names and labels. */
  readonly views: Views = new Views(this);
  /** Lookups by kind, service and metric. */
  readonly catalogue: Catalogue = catalogueOf(() => this.metrics());
  /**
   * Whether attached readers get all metrics directly, not only those that no instrument can export.
   * @internal
   */
  readonly isWhole: boolean;
  readonly #index: MetricIndex;
  #isOn: (spec: MetricSpec) => boolean = () => true;
  readonly #listeners = new RegistryListeners();
  readonly #preparations = new Set<() => void>();
  readonly #globals = new GlobalCallbacks();
  readonly #report = createReporter("metrics");
  /** @internal */
  protected readonly context: MetricContext;
  #isSettled = false;
  /**
   * Whether instruments of a MeterProvider also export the metrics, for readers that are not attached.
   * @internal
   */
  isCopied = false;
  readonly #delivery = new InstrumentsDelivery(this, this.views);
  readonly #dropped: Counter<{ readonly "taskmon.reason": string }>;

  /** @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` */
  constructor(options: MetricRegistryOptions = {}) {
    super();
    const strict = booleanOption("strict", options.strict, false);
    this.isWhole = choiceOption("delivery", options.delivery, ["auto", "instruments"]) === "auto";
    const { naming, constantLabels, commonLabels, identity } = options;
    this.form = new Form({ naming, constantLabels, commonLabels }, identity);
    this.#index = new MetricIndex(this.form);
    this.context = {
      drops: createDropSink(strict, (reason: DropReason) =>
        this.#dropped.add(1, { "taskmon.reason": reason }),
      ),
      now: options.now ?? Date.now,
      exemplars: choiceOption("exemplars", options.exemplars, ["off", "traced"]),
      keepsEarly: () => !this.#isSettled,
    };
    this.#dropped = this.counter(measurementsDropped);
  }

  /** Whether the metric is registered. */
  has(spec: MetricSpec): boolean {
    return this.#index.of(spec) !== undefined;
  }

  /**
   * Connects the metrics to the Meters of `provider`, and disconnects an earlier one; for a registry
   * without a Taskmon object. A provider without an SDK is ignored.
   */
  setMeterProvider(provider: MeterProvider): void {
    this.#delivery.bind(provider);
  }

  /**
   * Removes a metric: its handles record nothing, and no attached reader sees it again, unless you register
   * it again.
   * @returns whether it was registered
   */
  unregister(spec: MetricSpec): boolean {
    const metric = this.#index.delete(spec);
    if (metric === undefined) return false;
    metric.clear();
    this.#index.noteTold(spec, metric.toldUntilMs);
    this.#listeners.left(metric);
    return true;
  }

  /**
   * Turns metrics on and off. No reader exports a metric that is off, and its handles cost almost nothing. A
   * counter or histogram loses what is recorded while it is off; its earlier values and its handles stay.
   * @param isOn called for each metric, now and when one is registered
   * @internal
   */
  turn(isOn: (spec: MetricSpec) => boolean): void {
    this.#isOn = isOn;
    for (const metric of this.metrics()) {
      const on = isOn(metric.spec);
      if (on === !metric.isOff) continue;
      metric.turn(on);
      this.#listeners.turned(metric, on);
    }
  }

  /** @internal All metrics, in the order in which they were registered. */
  metrics(): IterableIterator<Metric> {
    return this.#index.all();
  }

  /**
   * Returns the handle of the metric with this name, even if the metric is off. Returns undefined if there is
   * none, or if several services have one and `service` is not given. `spec.kind` of the handle is its kind.
   * @param service the name of the service that owns it
   */
  get(name: string, service?: string): Metric | undefined {
    return this.#index.named(name, service);
  }

  /** Returns the spec and the current number of series of every metric. */
  snapshot(): readonly MetricSummary[] {
    return [...this.metrics()].map(({ spec, series }) => ({ spec, series: series.size }));
  }

  /** @internal Whether a Meter belongs to this registry. */
  ownsMeter(meter: { readonly name: string; readonly version?: string }): boolean {
    return this.#index.ownsMeter(meter);
  }

  /**
   * @internal Returns the metric with this Meter and name, unless it is off. The name is the spec's or the
   *   exported one.
   */
  find(meterName: string, name: string): Metric | undefined {
    return this.#index.find(meterName, name);
  }

  /** @internal Whether the metric with this Meter and name was unregistered or is off. */
  isGone(meterName: string, name: string): boolean {
    return this.#index.isGone(meterName, name);
  }

  /**
   * Calls `listener` for every change from now on.
   * @returns a function that removes the listener @internal
   */
  listen(listener: RegistryListener): () => void {
    return this.#listeners.add(listener);
  }

  /**
   * Calls `prepare` before each collection of an attached reader. It may record, hide and remove. If it
   * throws, the error is reported.
   * @returns a function that removes the callback
   */
  beforeCollection(prepare: () => void): () => void {
    this.#preparations.add(prepare);
    return () => void this.#preparations.delete(prepare);
  }

  /**
   * Registers a callback for metrics that describe the whole fleet, such as the number of open orders, and
   * that only one process must export. It runs only when you call {@link runGlobalCallbacks}. Each attached
   * reader exports the values of a run once, under this process's task number. Then they are absent again.
   * @param specs the metrics that `compute` records to; get their handles from the registry as usual
   * @param compute is called with a signal that aborts at its time limit
   * @returns a function that removes the callback
   * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`, MetricConflictError
   *   `ERR_TASKMON_METRIC_CONFLICT`
   */
  globalCallback(specs: readonly MetricSpec[], compute: GlobalCallback): () => void {
    if (!Array.isArray(specs)) {
      throw new InvalidOptionError("globalCallback.specs", "a list of specs", specs);
    }
    const metrics = specs.map((spec) => {
      this.register(spec);
      return this.#index.of(spec)!;
    });
    const end = this.#globals.add(metrics, compute);
    for (const metric of metrics) this.#makeGlobal(metric);
    return end;
  }

  /**
   * Runs the global callbacks, one after the other, in the one process that computes them, for example in
   * the handler of a cron job. A failed callback exports nothing; the others still run.
   *
   * Rejects with a GlobalCallbackError `ERR_TASKMON_GLOBAL_CALLBACK` if one failed.
   */
  runGlobalCallbacks(options?: RunGlobalCallbacksOptions): Promise<void> {
    return this.#globals.run(options);
  }

  /** @internal Calls the callbacks of {@link beforeCollection}. Call it before you read the cells. */
  prepare(): void {
    for (const prepare of this.#preparations) {
      try {
        prepare();
      } catch (error) {
        this.#report.errorOnce("prepare", "A beforeCollection callback threw", error);
      }
    }
  }

  /**
   * Stops storing measurements of histograms one by one: everything that needs them is known now.
   * @internal
   */
  settleEarly(): void {
    if (this.#isSettled || !this.isWhole) return;
    this.#isSettled = true;
    for (const metric of this.metrics()) {
      if (metric instanceof HistogramMetric) metric.endEarly();
    }
  }

  /** @internal */
  protected metricOf(spec: MetricSpec, create: () => Metric): Metric {
    const known = this.#index.of(spec);
    if (known !== undefined) return known;
    this.#index.admit(spec);
    const metric = create();
    metric.isCarried = !this.isWhole && !isBeyondInstruments(spec);
    const toldUntilMs = this.#index.toldUntilMs(spec);
    if (toldUntilMs !== undefined) {
      metric.hasRemoved = true;
      metric.toldUntilMs = toldUntilMs;
    }
    metric.begin();
    if (!this.#isOn(spec)) metric.turn(false);
    this.#index.add(metric);
    this.#listeners.came(metric);
    return metric;
  }

  /** Makes a metric global: disconnects its instruments and restarts its streams. */
  #makeGlobal(metric: Metric): void {
    if (metric.globalRun !== undefined) return;
    this.#listeners.left(metric);
    metric.globalRun = 0;
    metric.isCarried = false;
    this.#listeners.came(metric);
  }
}
