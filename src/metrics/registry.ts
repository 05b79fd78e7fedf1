import { createReporter } from "../shared/report.ts";
import { createDropSink, type DropReason, type DropSink } from "./drops.ts";
import { type Histogram, HistogramMetric } from "./histogram-metric.ts";
import { type Counter, type Gauge, NumberMetric, type UpDownCounter } from "./number-metric.ts";
import { measurementsDropped } from "./own.ts";
import { type MetricKind, type MetricSpec, specTitle } from "./spec.ts";
import { MetricConflictError } from "./spec-errors.ts";

/** A registered metric with its series. */
export type Metric = NumberMetric | HistogramMetric;

/** Options of {@link MetricRegistry}. */
export interface MetricRegistryOptions {
  /** Throw a `MeasurementError` into callers whose measurement is dropped. @default false */
  readonly strict?: boolean;
}

/**
 * Makes handles from specs, and knows every metric. Handles work before any SDK exists; a delivery
 * brings what they recorded to OpenTelemetry.
 */
export class MetricRegistry {
  readonly #byId = new Map<string, Metric>();
  readonly #byName = new Map<string, Metric>();
  readonly #listeners = new Set<(metric: Metric) => void>();
  readonly #report = createReporter("metrics");
  readonly #drops: DropSink;
  readonly #dropped: Counter<{ readonly "taskmon.reason": string }>;

  constructor(options: MetricRegistryOptions = {}) {
    this.#drops = createDropSink(options.strict ?? false, (reason: DropReason) =>
      this.#dropped.add(1, { "taskmon.reason": reason }),
    );
    this.#dropped = this.counter(measurementsDropped);
  }

  /**
   * The handle of a counter; the same one for the same spec.
   * @throws MetricConflictError `ERR_TASKMON_METRIC_CONFLICT`
   */
  counter<V>(spec: MetricSpec<"counter", V>): Counter<V> {
    return this.#number(spec) as Counter<V>;
  }

  /**
   * The handle of an up-down counter; the same one for the same spec.
   * @throws MetricConflictError `ERR_TASKMON_METRIC_CONFLICT`
   */
  upDownCounter<V>(spec: MetricSpec<"upDownCounter", V>): UpDownCounter<V> {
    return this.#number(spec) as UpDownCounter<V>;
  }

  /**
   * The handle of a gauge; the same one for the same spec.
   * @throws MetricConflictError `ERR_TASKMON_METRIC_CONFLICT`
   */
  gauge<V>(spec: MetricSpec<"gauge", V>): Gauge<V> {
    return this.#number(spec) as Gauge<V>;
  }

  /**
   * The handle of a histogram; the same one for the same spec.
   * @throws MetricConflictError `ERR_TASKMON_METRIC_CONFLICT`
   */
  histogram<V>(spec: MetricSpec<"histogram", V>): Histogram<V> {
    const known = this.#known(spec);
    if (known !== undefined) return known as HistogramMetric as Histogram<V>;
    return this.#register(new HistogramMetric(spec, this.#drops)) as Histogram<V>;
  }

  /** All metrics, in the order in which they were registered. */
  metrics(): IterableIterator<Metric> {
    return this.#byId.values();
  }

  /** The metric with this Meter name and metric name. */
  find(meterName: string, name: string): Metric | undefined {
    return this.#byName.get(nameKey(meterName, name));
  }

  /**
   * Calls `listener` with every metric registered from now on.
   * @returns a function that ends it
   */
  onRegister(listener: (metric: Metric) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #number(spec: NumberMetric["spec"]): NumberMetric {
    const known = this.#known(spec);
    if (known !== undefined) return known as NumberMetric;
    return this.#register(new NumberMetric(spec, this.#drops));
  }

  #known(spec: MetricSpec): Metric | undefined {
    const known = this.#byId.get(idKey(spec));
    if (known !== undefined) {
      if (!same(known.spec, spec)) throw conflict("is registered with the same ids", known, spec);
      return known;
    }
    const namesake = this.#byName.get(nameKey(spec.service.name, spec.name));
    if (namesake !== undefined) throw conflict("has the same name", namesake, spec);
    return undefined;
  }

  #register<M extends Metric>(metric: M): M {
    this.#byId.set(idKey(metric.spec), metric);
    this.#byName.set(nameKey(metric.spec.service.name, metric.spec.name), metric);
    for (const listener of this.#listeners) {
      try {
        listener(metric);
      } catch (error) {
        this.#report.errorOnce("listener", "An instrument could not be made", error);
      }
    }
    return metric;
  }
}

function idKey(spec: MetricSpec): string {
  return `${spec.service.id}/${spec.id}`;
}

function nameKey(meterName: string, name: string): string {
  // OpenTelemetry's instrument names are case-insensitive.
  return `${meterName}\n${name.toLowerCase()}`;
}

function same(a: MetricSpec<MetricKind>, b: MetricSpec<MetricKind>): boolean {
  return (
    a === b || (idKey(a) === idKey(b) && JSON.stringify(plain(a)) === JSON.stringify(plain(b)))
  );
}

function plain(spec: MetricSpec): unknown {
  return { ...spec, service: spec.service.name, id: idKey(spec), definedAt: undefined };
}

function conflict(how: string, known: Metric, spec: MetricSpec): MetricConflictError {
  return new MetricConflictError(
    `${spec.kind} ${specTitle(spec)}${at(spec)} contradicts ${known.spec.kind} ${specTitle(known.spec)}${at(known.spec)}, which ${how}`,
  );
}

function at({ definedAt }: MetricSpec): string {
  return definedAt === undefined ? "" : ` at ${definedAt}`;
}
