import type { Attributes } from "@opentelemetry/api";
import { bucketExemplars, latestExemplar } from "../../points/exemplars.ts";
import type {
  ExponentialReading,
  HistogramReading,
  MetricStream,
  SeriesReading,
} from "../../points/streams.ts";
import {
  type Exemplar,
  type ExponentialHistogramLike,
  GAUGE,
  HISTOGRAM,
  type HistogramLike,
  type MetricDataLike,
  type PointLike,
  type ScopeMetricsLike,
} from "../../points/types.ts";
import { isVerbatim } from "../../points/verbatim.ts";
import { commonBoundaries, onlyGrows, withBoundaries } from "./combine.ts";
import { type GaugeRules, gaugeOf } from "./gauges.ts";
import type { Series } from "./series.ts";

/** Whether a member's gauges count. */
export type Answered = (member: number) => boolean;

/** One metric over all members. */
export class TotalMetric {
  readonly scope: ScopeMetricsLike["scope"];
  /** The description of the metric, without points. */
  readonly data: MetricDataLike;
  readonly series: Map<string, Series> = new Map();
  /**
   * Once true, all new series go to the overflow series, so that values never move from one series to
   * another.
   */
  full = false;
  readonly #rules: GaugeRules;
  /** For a histogram: the first boundaries, and those that all members have. */
  #first: string | undefined;
  #common: readonly number[] | undefined;
  #stream: TotalStream | undefined;

  constructor(scope: ScopeMetricsLike["scope"], data: MetricDataLike, rules: GaugeRules) {
    this.scope = scope;
    this.data = { ...data, dataPoints: [] };
    this.#rules = rules;
  }

  /** For a histogram: the bucket boundaries of all its series. */
  get boundaries(): readonly number[] | undefined {
    return this.#common;
  }

  /** Whether a member's metric can be added to this one. */
  isLike(data: MetricDataLike): boolean {
    return kindOf(this.data) === kindOf(data);
  }

  /**
   * Notes the buckets of a member.
   * @returns whether they are the same as the first ones
   */
  meet({ dataPointType, dataPoints }: MetricDataLike): boolean {
    if (dataPointType !== HISTOGRAM || dataPoints.length === 0) return true;
    const { boundaries } = (dataPoints[0]!.value as HistogramLike).buckets;
    const text = boundaries.join();
    this.#first ??= text;
    if (text === this.#first) this.#common ??= boundaries;
    else {
      const common = commonBoundaries(this.#common!, boundaries);
      if (common.length < this.#common!.length) this.#common = common;
    }
    return text === this.#first;
  }

  /**
   * Returns the total of a series, or undefined if it has no value.
   * @param boundaries for a histogram: the boundaries of the result
   */
  valueOf(
    series: Series,
    answered: Answered,
    boundaries: readonly number[] | undefined = this.#common,
  ): unknown {
    const { dataPointType, descriptor } = this.data;
    if (dataPointType === GAUGE) {
      // Look up the rule each time: the primary may register the spec later.
      const rule = this.#rules(descriptor.name, descriptor.unit, this.scope.name);
      return gaugeOf(rule, series.values(answered));
    }
    const total = series.total();
    return dataPointType === HISTOGRAM && boundaries !== undefined && total !== undefined
      ? withBoundaries(total as HistogramLike, boundaries)
      : total;
  }

  /** Returns the points, which end `at` a time. */
  points(at: PointLike["endTime"], answered: Answered): PointLike[] {
    const points: PointLike[] = [];
    for (const series of this.series.values()) {
      const value = this.valueOf(series, answered);
      if (value === undefined) continue;
      const { attributes, start } = series;
      const exemplars = series.exemplars();
      const point = { attributes, startTime: start, endTime: at, value };
      points.push(exemplars.length === 0 ? point : { ...point, exemplars });
    }
    return points;
  }

  /** The same, to read in place. It is the same object until the buckets change. */
  stream(answered: Answered): MetricStream {
    if (this.#stream === undefined || this.#stream.boundaries !== this.#common) {
      this.#stream = new TotalStream(this);
    }
    this.#stream.answered = answered;
    return this.#stream;
  }
}

class TotalStream implements MetricStream {
  readonly scope: MetricStream["scope"];
  readonly descriptor: MetricStream["descriptor"];
  readonly type: number;
  readonly isMonotonic: boolean;
  readonly isVerbatim: boolean;
  readonly boundaries: readonly number[] | undefined;
  answered: Answered = () => true;
  readonly #metric: TotalMetric;

  constructor(metric: TotalMetric) {
    const { scope, data } = metric;
    this.#metric = metric;
    this.scope = scope;
    this.descriptor = data.descriptor;
    this.type = data.dataPointType;
    this.isMonotonic = data.isMonotonic === true;
    this.isVerbatim = isVerbatim(scope, data.descriptor);
    this.boundaries = metric.boundaries;
  }

  *series(): IterableIterator<SeriesReading> {
    const reading = new TotalReading(this.#metric, this.answered, this.boundaries);
    for (const series of this.#metric.series.values()) {
      reading.series = series;
      yield reading;
    }
  }
}

/** Reads a series of all members. One object serves all series of a metric. */
class TotalReading implements SeriesReading {
  series!: Series;
  readonly #metric: TotalMetric;
  readonly #answered: Answered;
  readonly #boundaries: readonly number[] | undefined;

  constructor(metric: TotalMetric, answered: Answered, boundaries: readonly number[] | undefined) {
    this.#metric = metric;
    this.#answered = answered;
    this.#boundaries = boundaries;
  }

  get attributes(): Attributes {
    return this.series.attributes;
  }

  get startMs(): number {
    const [seconds, nanos] = this.series.start;
    return seconds * 1_000 + nanos / 1e6;
  }

  get exemplar(): Exemplar | undefined {
    return latestExemplar(this.series.exemplars());
  }

  number(): number | undefined {
    return this.#value() as number | undefined;
  }

  histogram(): HistogramReading | undefined {
    const value = this.#value() as HistogramLike | undefined;
    if (value === undefined) return undefined;
    const { buckets, count, sum } = value;
    const exemplars = bucketExemplars(buckets.boundaries, this.series.exemplars());
    return { count, sum, counts: buckets.counts, exemplars };
  }

  exponential(): ExponentialReading | undefined {
    // A histogram with explicit buckets has no exponential ones.
    if (this.#metric.data.dataPointType === HISTOGRAM) return undefined;
    const value = this.#value() as ExponentialHistogramLike | undefined;
    const exemplars = this.series.exemplars();
    return value === undefined || exemplars.length === 0 ? value : { ...value, exemplars };
  }

  #value(): unknown {
    return this.#metric.valueOf(this.series, this.#answered, this.#boundaries);
  }
}

function kindOf(data: MetricDataLike): string {
  return `${data.dataPointType} ${onlyGrows(data)} ${data.descriptor.unit ?? ""}`;
}
