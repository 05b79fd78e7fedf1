import type { ExponentialHistogramLike, HistogramLike } from "../points/types.ts";

/** Measurements of which we only know the bucket. */
interface Bucket {
  readonly count: number;
  /** Where in the bucket the share `fraction` of its measurements is passed; rises with it. */
  at(fraction: number): number;
}

/** The bounds of an estimate, if they are known. */
interface Extremes {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

/**
 * Estimates the value that the share `q` of the measurements does not exceed, as Prometheus'
 * `histogram_quantile` does: between a bucket's bounds as if the measurements lay evenly on a line, and
 * in exponential buckets evenly on a logarithmic one. Unlike Prometheus, which has neither, it does not
 * leave the least and the greatest measurement, and ends the open buckets there.
 * @param q from 0 to 1
 * @returns undefined without measurements
 */
export function quantile(
  q: number,
  value: HistogramLike | ExponentialHistogramLike,
): number | undefined {
  const buckets = "scale" in value ? exponentialBuckets(value) : explicitBuckets(value);
  return estimate(q * value.count, [...buckets], value);
}

/** The buckets that hold measurements, ascending. */
export function bucketsOf(
  value: HistogramLike | ExponentialHistogramLike,
): { readonly from: number; readonly to: number; readonly count: number }[] {
  const buckets = "scale" in value ? exponentialBuckets(value) : explicitBuckets(value);
  return [...buckets]
    .filter(({ count }) => count > 0)
    .map((bucket) => ({ from: bucket.at(0), to: bucket.at(1), count: bucket.count }));
}

/** The value at `rank` of the measurements in these ascending buckets. */
function estimate(
  rank: number,
  buckets: readonly Bucket[],
  { min = -Infinity, max = Infinity }: Extremes,
): number | undefined {
  const filled = buckets.filter(({ count }) => count > 0);
  let before = 0;
  for (const [index, bucket] of filled.entries()) {
    const { count } = bucket;
    if (before + count >= rank || index === filled.length - 1) {
      const value = bucket.at(Math.min(1, (rank - before) / count));
      return Math.min(Math.max(value, min), max);
    }
    before += count;
  }
  return undefined;
}

function explicitBuckets({ buckets, min, max }: HistogramLike): Bucket[] {
  const { boundaries, counts } = buckets;
  return counts.map((count, index) => {
    const upper = boundaries[index] ?? max ?? boundaries.at(-1) ?? Number.NaN;
    const lower = boundaries[index - 1] ?? (min === undefined ? upper : min);
    return { count, at: (fraction) => between(startOf(index, lower, upper), upper, fraction) };
  });
}

/** Like Prometheus, the first bucket begins at zero if its upper bound is positive. */
function startOf(index: number, lower: number, upper: number): number {
  return index === 0 && upper > 0 ? Math.min(lower, 0) : lower;
}

/** Bucket i holds values above base^i, up to base^(i+1), with base = 2^(2^-scale). */
function exponentialBuckets({
  scale,
  zeroCount,
  positive,
  negative,
}: ExponentialHistogramLike): Iterable<Bucket> {
  const width = 2 ** -scale;
  const size = (index: number, fraction: number): number => 2 ** ((index + fraction) * width);
  return [
    ...negative.bucketCounts
      .map((count, index) => ({
        count,
        at: (fraction: number) => -size(negative.offset + index, 1 - fraction),
      }))
      .toReversed(),
    { count: zeroCount, at: () => 0 },
    ...positive.bucketCounts.map((count, index) => ({
      count,
      at: (fraction: number) => size(positive.offset + index, fraction),
    })),
  ];
}

/** The point at `fraction` of the way, never beyond either end. */
function between(lower: number, upper: number, fraction: number): number {
  const way = upper - lower;
  // A way from far below zero to far above has no length that is a number, and its half has.
  const point = Number.isFinite(way)
    ? lower + way * fraction
    : 2 * (lower / 2 + (upper / 2 - lower / 2) * fraction);
  return Math.min(Math.max(point, lower), upper);
}
