import type { HistogramLike } from "./types.ts";

/**
 * Subtracts `base`, an earlier state of the same stream, from `value`. Returns undefined if `base` cannot be
 * an earlier state. The difference has no minimum and maximum, because they are not known.
 */
export function subtractHistogram(
  value: HistogramLike,
  base: HistogramLike,
): HistogramLike | undefined {
  if (base.count === 0) return value;
  if (!sameBoundaries(value, base)) return undefined;
  const counts = value.buckets.counts.map((count, index) => count - base.buckets.counts[index]!);
  if (counts.some((count) => count < 0)) return undefined;
  return {
    buckets: { boundaries: value.buckets.boundaries, counts },
    count: value.count - base.count,
    sum: bothNumbers(value.sum, base.sum, (a, b) => a - b),
    min: undefined,
    max: undefined,
  };
}

/** Adds two histograms. Returns undefined if their buckets differ. */
export function mergeHistograms(a: HistogramLike, b: HistogramLike): HistogramLike | undefined {
  if (!sameBoundaries(a, b)) return undefined;
  return {
    buckets: {
      boundaries: a.buckets.boundaries,
      counts: a.buckets.counts.map((count, index) => count + b.buckets.counts[index]!),
    },
    count: a.count + b.count,
    sum: bothNumbers(a.sum, b.sum, (x, y) => x + y),
    min: bothNumbers(a.min, b.min, Math.min),
    max: bothNumbers(a.max, b.max, Math.max),
  };
}

/** Combines two numbers. Returns undefined if one of them is undefined. */
export function bothNumbers(
  a: number | undefined,
  b: number | undefined,
  combine: (a: number, b: number) => number,
): number | undefined {
  return a === undefined || b === undefined ? undefined : combine(a, b);
}

function sameBoundaries(a: HistogramLike, b: HistogramLike): boolean {
  const [ours, theirs] = [a.buckets.boundaries, b.buckets.boundaries];
  if (ours === theirs) return true;
  return ours.length === theirs.length && ours.every((bound, index) => bound === theirs[index]);
}
