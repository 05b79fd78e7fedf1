import type { MeterProvider } from "@opentelemetry/api";
import type { Identity } from "../identity/identity.ts";
import { createReporter } from "../shared/report.ts";
import { InvalidOptionError } from "../shared/errors.ts";
import { booleanOption, choiceOption } from "../shared/options.ts";
import { VERSION } from "../shared/version.ts";
import { DistributionMetric } from "./distribution-metric.ts";
import { createDropSink, type DropReason } from "./drops.ts";
import type { ExemplarOption } from "./exemplars.ts";
import { Form, type FormOptions } from "./form.ts";
import type {
  Counter,
  Distribution,
  Gauge,
  HandleOf,
  Histogram,
  State,
  UpDownCounter,
} from "./handles.ts";
import {
  type GlobalCallback,
  GlobalCallbacks,
  type RunGlobalCallbacksOptions,
} from "./global-callbacks.ts";
import { HistogramMetric } from "./histogram-metric.ts";
import { InstrumentsDelivery } from "./instruments.ts";
import { type Catalogue, catalogueOf } from "./catalogue.ts";
import { KnownSpecs } from "./known-specs.ts";
import { isBeyondInstruments, type MetricContext } from "./metric-base.ts";
import { NumberMetric } from "./number-metric.ts";
import { measurementsDropped } from "./own.ts";
import { type MetricKind, type MetricSpec, sameSpec, specKey } from "./spec.ts";
import { StateMetric } from "./state-metric.ts";
import { Views } from "./views.ts";

/** A registered metric with its series. */
export type Metric = NumberMetric | HistogramMetric | DistributionMetric;

/** Options of {@link MetricRegistry}. */
export interface MetricRegistryOptions extends FormOptions {
  /** Throw a `MeasurementError` into callers whose measurement is dropped. @default false */
  readonly strict?: boolean;
  /**
   * How metrics reach OpenTelemetry: `auto`, straight from their series to every attached reader, under
   * its views, and through instruments of the MeterProvider only to readers that are not; `instruments`,
   * always through those. @default `auto`
   */
  readonly delivery?: "auto" | "instruments";
  /**
   * Which measurements are kept to lead to traces: `traced`, of each series, and each bucket of a
   * histogram, the last one that was made in a sampled span. @default `off`
   */
  readonly exemplars?: ExemplarOption;
  /** The wall clock, in milliseconds since the Unix epoch. @default Date.now */
  readonly now?: () => number;
  /** Whose ids the constant labels say. @default none, and then there are no constant labels */
  readonly identity?: Identity;
}

/** What can be seen of a metric without its handle. */
export interface MetricSummary {
  readonly spec: MetricSpec;
  /** How many series it has now. */
  readonly series: number;
}

/** Told of metrics that come and go. */
export interface RegistryListener {
  /** A metric is there that is on, or was turned on. */
  registered?(metric: Metric): void;
  /** A metric is gone, or was turned off. */
  unregistered?(metric: Metric): void;
  /** A metric is there, on or off. */
  added?(metric: Metric): void;
  /** A metric is gone. */
  removed?(metric: Metric): void;
}

/**
 * Makes handles from specs, and knows every metric. Handles work before any SDK exists; a delivery
 * brings what they recorded to OpenTelemetry.
 */
export class MetricRegistry {
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
  readonly #known: KnownSpecs;
  readonly #byId = new Map<string, Metric>();
  readonly #states = new WeakMap<Metric, StateMetric>();
  /** By Meter and name, as specified and as exported. */
  readonly #byName = new Map<string, Metric>();
  readonly #gone = new Set<string>();
  /** Until when readers were told of metrics that were unregistered: their next life begins after that. */
  readonly #toldUntil = new Map<string, number>();
  /** The names of the Meters. */
  readonly #meters = new Set<string>();
  #isOn: (spec: MetricSpec) => boolean = () => true;
  readonly #listeners = new Set<RegistryListener>();
  readonly #preparations = new Set<() => void>();
  readonly #globals = new GlobalCallbacks();
  readonly #report = createReporter("metrics");
  readonly #context: MetricContext;
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
    const strict = booleanOption("strict", options.strict, false);
    this.isWhole = choiceOption("delivery", options.delivery, ["auto", "instruments"]) === "auto";
    const { naming, constantLabels, commonLabels, identity } = options;
    this.form = new Form({ naming, constantLabels, commonLabels }, identity);
    this.#known = new KnownSpecs(this.form);
    this.#context = {
      drops: createDropSink(strict, (reason: DropReason) =>
        this.#dropped.add(1, { "taskmon.reason": reason }),
      ),
      now: options.now ?? Date.now,
      exemplars: choiceOption("exemplars", options.exemplars, ["off", "traced"]),
      keepsEarly: () => !this.#isSettled,
    };
    this.#dropped = this.counter(measurementsDropped);
  }

  /**
   * The handle of a counter; the same one for the same spec.
   * @throws MetricConflictError `ERR_TASKMON_METRIC_CONFLICT`
   */
  counter<V>(spec: MetricSpec<"counter", V>): Counter<V> {
    return this.#number(spec) as unknown as Counter<V>;
  }

  /**
   * The handle of an up-down counter; the same one for the same spec.
   * @throws MetricConflictError `ERR_TASKMON_METRIC_CONFLICT`
   */
  upDownCounter<V>(spec: MetricSpec<"upDownCounter", V>): UpDownCounter<V> {
    return this.#number(spec) as unknown as UpDownCounter<V>;
  }

  /**
   * The handle of a gauge; the same one for the same spec.
   * @throws MetricConflictError `ERR_TASKMON_METRIC_CONFLICT`
   */
  gauge<V>(spec: MetricSpec<"gauge", V>): Gauge<V> {
    return this.#number(spec) as unknown as Gauge<V>;
  }

  /**
   * The handle of a histogram with declared buckets; the same one for the same spec.
   * @throws MetricConflictError `ERR_TASKMON_METRIC_CONFLICT`
   */
  histogram<V>(spec: MetricSpec<"histogram", V>): Histogram<V> {
    return this.#histogram(spec) as unknown as Histogram<V>;
  }

  /**
   * The handle of an exponential histogram; the same one for the same spec.
   * @throws MetricConflictError `ERR_TASKMON_METRIC_CONFLICT`
   */
  exponentialHistogram<V>(spec: MetricSpec<"exponentialHistogram", V>): Histogram<V> {
    return this.#histogram(spec) as unknown as Histogram<V>;
  }

  /**
   * The handle of a state; the same one for the same spec.
   * @throws MetricConflictError `ERR_TASKMON_METRIC_CONFLICT`
   */
  state<V>(spec: MetricSpec<"state", V>): State<V> {
    const numbers = this.#number(spec);
    let state = this.#states.get(numbers);
    if (state === undefined) this.#states.set(numbers, (state = new StateMetric(numbers)));
    return state as unknown as State<V>;
  }

  /**
   * The handle of a distribution; the same one for the same spec.
   * @throws MetricConflictError `ERR_TASKMON_METRIC_CONFLICT`
   */
  distribution<V>(spec: MetricSpec<"distribution", V>): Distribution<V> {
    const metric = this.#metric(spec, () => new DistributionMetric(spec, this.#context));
    return metric as unknown as Distribution<V>;
  }

  /**
   * The handle of a metric of whatever kind: of a spec from a file, say. The same one for the same spec.
   * @throws MetricConflictError `ERR_TASKMON_METRIC_CONFLICT`
   */
  register<K extends MetricKind, V>(spec: MetricSpec<K, V>): HandleOf<K, V> {
    return this[spec.kind](spec as never) as HandleOf<K, V>;
  }

  /** Whether the metric is registered. */
  has(spec: MetricSpec): boolean {
    const known = this.#byId.get(specKey(spec));
    return known !== undefined && sameSpec(known.spec, spec);
  }

  /**
   * Lets the metrics reach the Meters of `provider`, and leaves an earlier one; for a registry that works
   * alone. A Taskmon object does it for its own. A provider without an SDK is passed over.
   */
  setMeterProvider(provider: MeterProvider): void {
    this.#delivery.bind(provider);
  }

  /**
   * Takes a metric away: its handles record nowhere, and no attached reader sees it again, unless it is
   * registered anew.
   * @returns whether it was registered
   */
  unregister(spec: MetricSpec): boolean {
    const metric = this.#byId.get(specKey(spec));
    if (metric === undefined) return false;
    this.#byId.delete(specKey(spec));
    this.#known.delete(metric.spec);
    for (const key of this.#namesOf(metric.spec)) {
      this.#byName.delete(key);
      this.#gone.add(key);
    }
    metric.clear();
    this.#toldUntil.set(specKey(spec), metric.toldUntilMs);
    if (!metric.isOff) this.#tell((listener) => listener.unregistered?.(metric));
    this.#tell((listener) => listener.removed?.(metric));
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
      this.#tell((listener) =>
        on ? listener.registered?.(metric) : listener.unregistered?.(metric),
      );
    }
  }

  /** @internal All metrics, in the order in which they were registered. */
  metrics(): IterableIterator<Metric> {
    return this.#byId.values();
  }

  /**
   * The handle of the metric with this name, on or off; undefined where there is none, or where several
   * services have one and `service` does not say whose. Its spec says of which kind it is; the handle of a
   * state is what {@link state} gives.
   * @param service the name of the service that owns it
   */
  get(name: string, service?: string): Metric | undefined {
    const found = [...this.metrics()].filter(
      ({ spec }) => spec.name === name && (service ?? spec.service.name) === spec.service.name,
    );
    return found.length === 1 ? found[0] : undefined;
  }

  /** Every metric's spec and number of series, as they are now. */
  snapshot(): readonly MetricSummary[] {
    return [...this.metrics()].map(({ spec, series }) => ({ spec, series: series.size }));
  }

  /** @internal Whether a Meter is one of this registry's. */
  ownsMeter({ name, version }: { readonly name: string; readonly version?: string }): boolean {
    return version === VERSION && this.#meters.has(name);
  }

  /** @internal The metric with this Meter name and name, as specified or as exported, unless it is off. */
  find(meterName: string, name: string): Metric | undefined {
    const metric = this.#byName.get(nameKey(meterName, name));
    return metric?.isOff ? undefined : metric;
  }

  /** @internal Whether the metric with this Meter name and name was unregistered, or is off. */
  isGone(meterName: string, name: string): boolean {
    const key = nameKey(meterName, name);
    return this.#gone.has(key) || this.#byName.get(key)?.isOff === true;
  }

  /**
   * Tells `listener` of every metric that comes or goes from now on.
   * @returns a function that ends it
   * @internal
   */
  listen(listener: RegistryListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Calls `prepare` before each collection for an attached reader: it may record, hide and remove. What it
   * throws is reported, and delays no one.
   * @returns a function that ends it
   */
  beforeCollection(prepare: () => void): () => void {
    this.#preparations.add(prepare);
    return () => void this.#preparations.delete(prepare);
  }

  /**
   * Has metrics computed only where {@link runGlobalCallbacks} is called: what is one figure for the whole
   * fleet (how many orders are open), and would be counted once per process otherwise. Each attached reader
   * exports the figures of a run once, under this process's number; then they are absent again.
   * @param specs the metrics that `compute` records to; their handles come from the registry as ever
   * @param compute is called with a signal that aborts at its time limit
   * @returns a function that ends it
   * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`, MetricConflictError `ERR_TASKMON_METRIC_CONFLICT`
   */
  globalCallback(specs: readonly MetricSpec[], compute: GlobalCallback): () => void {
    if (!Array.isArray(specs)) {
      throw new InvalidOptionError("globalCallback.specs", "a list of specs", specs);
    }
    const metrics = specs.map((spec) => {
      this.register(spec);
      return this.#byId.get(specKey(spec))!;
    });
    const end = this.#globals.add(metrics, compute);
    for (const metric of metrics) this.#makeGlobal(metric);
    return end;
  }

  /**
   * Runs the global callbacks, one after the other: for the one process that does it for all, as the handler
   * of a cron job. A callback that fails exports nothing; the others run all the same.
   *
   * Rejects with a GlobalCallbackError `ERR_TASKMON_GLOBAL_CALLBACK` where one failed.
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
        this.#report.errorOnce("prepare", "What prepares a collection threw", error);
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

  #number(spec: NumberMetric["spec"]): NumberMetric {
    return this.#metric(spec, () => new NumberMetric(spec, this.#context)) as NumberMetric;
  }

  #histogram(spec: HistogramMetric["spec"]): HistogramMetric {
    return this.#metric(spec, () => new HistogramMetric(spec, this.#context)) as HistogramMetric;
  }

  #metric(spec: MetricSpec, create: () => Metric): Metric {
    const known = this.#byId.get(specKey(spec));
    if (known !== undefined && sameSpec(known.spec, spec)) return known;
    this.#known.add(spec);
    const metric = create();
    metric.isCarried = !this.isWhole && !isBeyondInstruments(spec);
    const toldUntilMs = this.#toldUntil.get(specKey(spec));
    if (toldUntilMs !== undefined) {
      metric.hasRemoved = true;
      metric.toldUntilMs = toldUntilMs;
    }
    metric.begin();
    if (!this.#isOn(spec)) metric.turn(false);
    this.#byId.set(specKey(spec), metric);
    this.#meters.add(spec.service.name);
    for (const key of this.#namesOf(spec)) {
      this.#byName.set(key, metric);
      this.#gone.delete(key);
    }
    this.#tell((listener) => listener.added?.(metric));
    if (!metric.isOff) this.#tell((listener) => listener.registered?.(metric));
    return metric;
  }

  /** Takes a metric out of the instruments that have it, and begins its streams as those of a global one. */
  #makeGlobal(metric: Metric): void {
    if (metric.globalRun !== undefined) return;
    if (!metric.isOff) this.#tell((listener) => listener.unregistered?.(metric));
    this.#tell((listener) => listener.removed?.(metric));
    metric.globalRun = 0;
    metric.isCarried = false;
    this.#tell((listener) => listener.added?.(metric));
    if (!metric.isOff) this.#tell((listener) => listener.registered?.(metric));
  }

  #namesOf(spec: MetricSpec): string[] {
    return [spec.name, this.form.nameOf(spec)].map((name) => nameKey(spec.service.name, name));
  }

  #tell(what: (listener: RegistryListener) => void): void {
    for (const listener of this.#listeners) {
      try {
        what(listener);
      } catch (error) {
        this.#report.errorOnce("listener", "An instrument could not be made", error);
      }
    }
  }
}

function nameKey(meterName: string, name: string): string {
  // OpenTelemetry's instrument names are case-insensitive.
  return `${meterName}\n${name.toLowerCase()}`;
}
