import type { Attributes } from "@opentelemetry/api";
import {
  CUMULATIVE,
  EXPONENTIAL_HISTOGRAM,
  type ExponentialHistogramLike,
  GAUGE,
  HISTOGRAM,
  type HistogramLike,
  type MetricDataLike,
  type PointLike,
  type ScopeMetricsLike,
  SUM,
} from "../../../src/points/types.ts";

const kinds = {
  counter: { dataPointType: SUM, isMonotonic: true },
  upDownCounter: { dataPointType: SUM, isMonotonic: false },
  gauge: { dataPointType: GAUGE },
  histogram: { dataPointType: HISTOGRAM },
  exponential: { dataPointType: EXPONENTIAL_HISTOGRAM },
} as const;

export type Kind = keyof typeof kinds;

/** A metric's points, each a value with labels. */
export function metric(
  kind: Kind,
  name: string,
  points: readonly (readonly [value: unknown, attributes?: Attributes, startTime?: number])[],
  unit = "",
): MetricDataLike {
  return {
    descriptor: { name, description: `${name}.`, unit },
    aggregationTemporality: CUMULATIVE,
    ...kinds[kind],
    dataPoints: points.map(([value, attributes = {}, startTime = 1]) => ({
      attributes,
      startTime: [startTime, 0],
      endTime: [startTime + 1, 0],
      value,
    })),
  };
}

/** Metrics of one meter, as a reader collects them. */
export function scopes(...metrics: MetricDataLike[]): ScopeMetricsLike[] {
  return [{ scope: { name: "shop", version: "1.2.3" }, metrics }];
}

/** A histogram of these values. */
export function histogram(
  values: readonly number[],
  boundaries: readonly number[] = [1, 10, 100],
): HistogramLike {
  const counts = Array.from<number>({ length: boundaries.length + 1 }).fill(0);
  for (const value of values) {
    const index = boundaries.findIndex((bound) => value <= bound);
    counts[index === -1 ? boundaries.length : index]! += 1;
  }
  return {
    buckets: { boundaries, counts },
    count: values.length,
    sum: values.reduce((sum, value) => sum + value, 0),
    min: Math.min(...values),
    max: Math.max(...values),
  };
}

/** An exponential histogram of values in buckets from `offset` on. */
export function exponential(
  scale: number,
  offset: number,
  bucketCounts: readonly number[],
  zeroCount = 0,
): ExponentialHistogramLike {
  const count = bucketCounts.reduce((sum, one) => sum + one, zeroCount);
  const empty = { offset: 0, bucketCounts: [] };
  return {
    count,
    sum: count,
    scale,
    zeroCount,
    positive: { offset, bucketCounts },
    negative: empty,
    min: undefined,
    max: undefined,
  };
}

/** The points of a metric by name; none where it is not there. */
export function pointsOf(all: readonly ScopeMetricsLike[], name: string): readonly PointLike[] {
  return all
    .flatMap(({ metrics }) => metrics)
    .filter(({ descriptor }) => descriptor.name === name)
    .flatMap(({ dataPoints }) => dataPoints);
}

/** The value of the one series of a metric with these labels; undefined where there is none. */
export function valueOf(
  all: readonly ScopeMetricsLike[],
  name: string,
  attributes: Attributes = {},
): unknown {
  const wanted = JSON.stringify(attributes);
  const found = pointsOf(all, name).filter((point) => JSON.stringify(point.attributes) === wanted);
  if (found.length > 1) throw new Error(`${name} has ${found.length} points with ${wanted}`);
  return found[0]?.value;
}
