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
import { measurementsDropped } from "./own.ts";
import type { MetricSpec } from "./spec.ts";
import { type RegistryListener, RegistryListeners } from "./registry-listeners.ts";
import type { MetricRegistryOptions, MetricSummary } from "./registry-options.ts";
import { Views } from "./views.ts";

/**
 * Creates handles from specs, and knows every metric. Handles work before any SDK exists; a delivery brings
 * their measurements to OpenTelemetry.
 */
export class MetricRegistry extends HandleMaker {
  /** @internal The form in which the metrics reach OpenTelemetry. */
  readonly form: Form;
  /** @internal The views that give metrics their form. */
  readonly views: Views = new Views(this);
  /** Lookups by kind, service and metric. */
  readonly catalogue: Catalogue = catalogueOf(() => this.metrics());
  /**
   * Whether attached readers get all metrics from here, and not only those that no instrument can carry.
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
   * Whether instruments of a MeterProvider say the same too, to readers that are not attached.
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
   * Turns metrics on and off: no reader sees one that is off, and its handles cost next to nothing. What
   * a counter or histogram is told while it is off is gone; what they had stays, as do their handles.
   * @param isOn asked for each metric, now and when one is registered
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
   * The handle of the metric with this name, on or off; undefined if there is none, or if several services
   * have one and `service` is not given. Its spec has the kind.
   * @param service the name of the service that owns it
   */
  get(name: string, service?: string): Metric | undefined {
    return this.#index.named(name, service);
  }

  /** The spec and the current number of series of every metric. */
  snapshot(): readonly MetricSummary[] {
    return [...this.metrics()].map(({ spec, series }) => ({ spec, series: series.size }));
  }

  /** @internal Whether a Meter is one of this registry's. */
  ownsMeter(meter: { readonly name: string; readonly version?: string }): boolean {
    return this.#index.ownsMeter(meter);
  }

  /** @internal The metric with this Meter name and name, as specified or as exported, unless it is off. */
  find(meterName: string, name: string): Metric | undefined {
    return this.#index.find(meterName, name);
  }

  /** @internal Whether the metric with this Meter name and name was unregistered, or is off. */
  isGone(meterName: string, name: string): boolean {
    return this.#index.isGone(meterName, name);
  }

  /**
   * Tells `listener` of every metric that comes or goes from now on.
   * @returns a function that ends it
   * @internal
   */
  listen(listener: RegistryListener): () => void {
    return this.#listeners.add(listener);
  }

  /**
   * Calls `prepare` before each collection for an attached reader; it may record, hide and remove. If it
   * throws, the error is reported.
   * @returns a function that ends it
   */
  beforeCollection(prepare: () => void): () => void {
    this.#preparations.add(prepare);
    return () => void this.#preparations.delete(prepare);
  }

  /**
   * Registers a callback for metrics that are one figure for the whole fleet (the number of open orders)
   * and would otherwise be counted once per process. It runs only when {@link runGlobalCallbacks} is
   * called. Each attached reader exports the figures of a run once, under this process's number; then they
   * are absent again.
   * @param specs the metrics that `compute` records to; get their handles from the registry as usual
   * @param compute is called with a signal that aborts at its time limit
   * @returns a function that ends it
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

  /** @internal For whoever is about to read the cells. */
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
   * Measurements of histograms are kept one by one no more: all are known who may want them so.
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

  /** Takes a metric out of the instruments that have it, and begins its streams as those of a global one. */
  #makeGlobal(metric: Metric): void {
    if (metric.globalRun !== undefined) return;
    this.#listeners.left(metric);
    metric.globalRun = 0;
    metric.isCarried = false;
    this.#listeners.came(metric);
  }
}
