import {
  EXPONENTIAL_HISTOGRAM,
  type ExponentialHistogramLike,
  GAUGE,
  HISTOGRAM,
  type HistogramLike,
  type MetricDataLike,
} from "../../points/types.ts";
import { mergeExponentials } from "../../points/exponential.ts";
import { bothNumbers, mergeHistograms } from "../../points/histogram.ts";

/** Whether the metric is monotonic, so that its values must outlive the process that measured them. */
export function onlyGrows({ dataPointType, isMonotonic }: MetricDataLike): boolean {
  if (dataPointType === GAUGE) return false;
  return (
    dataPointType === HISTOGRAM || dataPointType === EXPONENTIAL_HISTOGRAM || isMonotonic === true
  );
}

/** Adds two values of one metric. Except for rounding, the order does not matter. */
export function added(metric: MetricDataLike, a: unknown, b: unknown): unknown {
  if (a === undefined) return b;
  if (b === undefined) return a;
  switch (metric.dataPointType) {
    case HISTOGRAM:
      return addHistograms(a as HistogramLike, b as HistogramLike);
    case EXPONENTIAL_HISTOGRAM:
      return mergeExponentials(a as ExponentialHistogramLike, b as ExponentialHistogramLike);
    default:
      return (a as number) + (b as number);
  }
}

/** Returns the size of a value, to find the later of two states of one stream. */
export function sizeOf(metric: MetricDataLike, value: unknown): number {
  if (metric.dataPointType === HISTOGRAM || metric.dataPointType === EXPONENTIAL_HISTOGRAM) {
    return (value as HistogramLike).count;
  }
  return value as number;
}

/**
 * Adds two histograms. If their buckets differ, the sum has the common boundaries, for which both counts are
 * exact.
 */
function addHistograms(a: HistogramLike, b: HistogramLike): HistogramLike {
  const same = mergeHistograms(a, b);
  if (same !== undefined) return same;
  const boundaries = commonBoundaries(a.buckets.boundaries, b.buckets.boundaries);
  const [ours, theirs] = [a, b].map((one) => countsBetween(one, boundaries));
  return {
    buckets: { boundaries, counts: ours!.map((count, index) => count + theirs![index]!) },
    count: a.count + b.count,
    sum: bothNumbers(a.sum, b.sum, (x, y) => x + y),
    min: bothNumbers(a.min, b.min, Math.min),
    max: bothNumbers(a.max, b.max, Math.max),
  };
}

/** Returns the common boundaries. */
export function commonBoundaries(a: readonly number[], b: readonly number[]): readonly number[] {
  const others = new Set(b);
  return [...new Set(a)].filter((bound) => others.has(bound));
}

/** Returns the histogram with only these boundaries, or undefined if it does not have all of them. */
export function withBoundaries(
  histogram: HistogramLike,
  boundaries: readonly number[],
): HistogramLike | undefined {
  const { buckets } = histogram;
  if (buckets.boundaries === boundaries) return histogram;
  const counts = countsBetween(histogram, boundaries);
  if (counts.length !== boundaries.length + 1) return undefined;
  return { ...histogram, buckets: { boundaries, counts } };
}

/** Returns the histogram's counts between some of its boundaries. */
function countsBetween({ buckets }: HistogramLike, boundaries: readonly number[]): number[] {
  const counts = [0];
  buckets.counts.forEach((count, index) => {
    counts[counts.length - 1]! += count;
    // The bucket ends at this boundary, inclusive.
    const bound = buckets.boundaries[index];
    if (bound !== undefined && bound === boundaries[counts.length - 1]) counts.push(0);
  });
  return counts;
}
