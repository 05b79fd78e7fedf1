import { DistributionMetric } from "./distribution-metric.ts";
import type {
  Counter,
  Distribution,
  Gauge,
  HandleOf,
  Histogram,
  State,
  UpDownCounter,
} from "./handles.ts";
import { HistogramMetric } from "./histogram-metric.ts";
import type { Metric } from "./metric.ts";
import type { MetricContext } from "./metric-base.ts";
import { GaugeMetric, SumMetric } from "./number-handles.ts";
import type { MetricKind, MetricSpec } from "./spec.ts";
import { StateMetric } from "./state-metric.ts";

/** Creates the handle of each kind of metric from its spec. */
export abstract class HandleMaker {
  readonly #states = new WeakMap<Metric, StateMetric>();

  /**
   * Returns the handle of a counter. The same spec gives the same handle.
   * @throws MetricConflictError `ERR_TASKMON_METRIC_CONFLICT`
   */
  counter<V>(spec: MetricSpec<"counter", V>): Counter<V> {
    return this.#sumMetric(spec) as unknown as Counter<V>;
  }

  /**
   * Returns the handle of an up-down counter. The same spec gives the same handle.
   * @throws MetricConflictError `ERR_TASKMON_METRIC_CONFLICT`
   */
  upDownCounter<V>(spec: MetricSpec<"upDownCounter", V>): UpDownCounter<V> {
    return this.#sumMetric(spec) as unknown as UpDownCounter<V>;
  }

  /**
   * Returns the handle of a gauge. The same spec gives the same handle.
   * @throws MetricConflictError `ERR_TASKMON_METRIC_CONFLICT`
   */
  gauge<V>(spec: MetricSpec<"gauge", V>): Gauge<V> {
    return this.#gaugeMetric(spec) as unknown as Gauge<V>;
  }

  /**
   * Returns the handle of a histogram with declared buckets. The same spec gives the same handle.
   * @throws MetricConflictError `ERR_TASKMON_METRIC_CONFLICT`
   */
  histogram<V>(spec: MetricSpec<"histogram", V>): Histogram<V> {
    return this.#histogramMetric(spec) as unknown as Histogram<V>;
  }

  /**
   * Returns the handle of an exponential histogram. The same spec gives the same handle.
   * @throws MetricConflictError `ERR_TASKMON_METRIC_CONFLICT`
   */
  exponentialHistogram<V>(spec: MetricSpec<"exponentialHistogram", V>): Histogram<V> {
    return this.#histogramMetric(spec) as unknown as Histogram<V>;
  }

  /**
   * Returns the handle of a state. The same spec gives the same handle.
   * @throws MetricConflictError `ERR_TASKMON_METRIC_CONFLICT`
   */
  state<V>(spec: MetricSpec<"state", V>): State<V> {
    const numbers = this.#gaugeMetric(spec);
    let state = this.#states.get(numbers);
    if (state === undefined) this.#states.set(numbers, (state = new StateMetric(numbers)));
    return state as unknown as State<V>;
  }

  /**
   * Returns the handle of a distribution. The same spec gives the same handle.
   * @throws MetricConflictError `ERR_TASKMON_METRIC_CONFLICT`
   */
  distribution<V>(spec: MetricSpec<"distribution", V>): Distribution<V> {
    const metric = this.metricOf(spec, () => new DistributionMetric(spec, this.context));
    return metric as unknown as Distribution<V>;
  }

  /**
   * Returns the handle of a metric of any kind, for example of a spec from a file. The same spec gives the
   * same handle.
   * @throws MetricConflictError `ERR_TASKMON_METRIC_CONFLICT`
   */
  register<K extends MetricKind, V>(spec: MetricSpec<K, V>): HandleOf<K, V> {
    return this[spec.kind](spec as never) as HandleOf<K, V>;
  }

  /** @internal The context of every metric. */
  protected abstract readonly context: MetricContext;

  /**
   * Returns the metric of this spec. Creates it if it does not exist.
   * @throws MetricConflictError `ERR_TASKMON_METRIC_CONFLICT`
   * @internal
   */
  protected abstract metricOf(spec: MetricSpec, create: () => Metric): Metric;

  #sumMetric(spec: MetricSpec<"counter" | "upDownCounter">): SumMetric {
    return this.metricOf(spec, () => new SumMetric(spec, this.context)) as SumMetric;
  }

  #gaugeMetric(spec: MetricSpec<"gauge" | "state">): GaugeMetric {
    return this.metricOf(spec, () => new GaugeMetric(spec, this.context)) as GaugeMetric;
  }

  #histogramMetric(spec: HistogramMetric["spec"]): HistogramMetric {
    return this.metricOf(spec, () => new HistogramMetric(spec, this.context)) as HistogramMetric;
  }
}
