import type { ExponentialBuckets, ExponentialHistogramLike } from "./types.ts";
import { bothNumbers } from "./histogram.ts";

/**
 * The SDK's default number of buckets on each side. A merge keeps to it, unless an input already has more.
 */
const MAX_BUCKETS = 160;

/**
 * Subtracts `base`, an earlier state of the same stream, from `value`. Returns undefined if `base` cannot be
 * an earlier state. The difference has no minimum and maximum, because they are not known.
 */
export function subtractExponential(
  value: ExponentialHistogramLike,
  base: ExponentialHistogramLike,
): ExponentialHistogramLike | undefined {
  if (base.count === 0) return value;
  const scale = commonScale(value, base);
  const positive = without(atScale(value, "positive", scale), atScale(base, "positive", scale));
  const negative = without(atScale(value, "negative", scale), atScale(base, "negative", scale));
  const zeroCount = value.zeroCount - base.zeroCount;
  if (zeroCount < 0 || positive === undefined || negative === undefined) return undefined;
  return {
    count: value.count - base.count,
    sum: bothNumbers(value.sum, base.sum, (a, b) => a - b),
    scale,
    zeroCount,
    positive,
    negative,
    min: undefined,
    max: undefined,
  };
}

/**
 * Adds two histograms, at the finest scale at which the sum fits.
 * @param size the maximum number of buckets on each side. @default 160, as in the SDK
 */
export function mergeExponentials(
  a: ExponentialHistogramLike,
  b: ExponentialHistogramLike,
  size: number = MAX_BUCKETS,
): ExponentialHistogramLike {
  const sizes = [a, b].flatMap(({ positive, negative }) => [
    positive.bucketCounts.length,
    negative.bucketCounts.length,
  ]);
  const limit = Math.max(size, ...sizes);
  let scale = commonScale(a, b);
  // Find the scale before making buckets: at a fine scale there can be millions.
  while (spanAt(a, b, "positive", scale) > limit || spanAt(a, b, "negative", scale) > limit)
    scale -= 1;
  const merged = (side: Side): ExponentialBuckets =>
    together(atScale(a, side, scale), atScale(b, side, scale));
  return {
    count: a.count + b.count,
    sum: bothNumbers(a.sum, b.sum, (x, y) => x + y),
    scale,
    zeroCount: a.zeroCount + b.zeroCount,
    positive: merged("positive"),
    negative: merged("negative"),
    min: bothNumbers(a.min, b.min, Math.min),
    max: bothNumbers(a.max, b.max, Math.max),
  };
}

type Side = "positive" | "negative";

/**
 * Returns the finest scale that both can be converted to. The scale of a histogram with only zeros does not
 * matter.
 */
function commonScale(a: ExponentialHistogramLike, b: ExponentialHistogramLike): number {
  if (isEmpty(a)) return b.scale;
  return isEmpty(b) ? a.scale : Math.min(a.scale, b.scale);
}

function isEmpty({ positive, negative }: ExponentialHistogramLike): boolean {
  return positive.bucketCounts.length + negative.bucketCounts.length === 0;
}

/** Returns how many buckets one side of both histograms needs at a scale. */
function spanAt(
  a: ExponentialHistogramLike,
  b: ExponentialHistogramLike,
  side: Side,
  scale: number,
): number {
  const ranges = [a, b].flatMap((value) => {
    const { offset, bucketCounts } = value[side];
    if (bucketCounts.length === 0) return [];
    const steps = value.scale - scale;
    return [coarser(offset, steps), coarser(offset + bucketCounts.length - 1, steps)];
  });
  return ranges.length === 0 ? 0 : Math.max(...ranges) - Math.min(...ranges) + 1;
}

/** Converts the buckets of one side to a coarser scale: each step merges two neighbours. */
function atScale(value: ExponentialHistogramLike, side: Side, scale: number): ExponentialBuckets {
  const buckets = value[side];
  const steps = value.scale - scale;
  if (steps <= 0 || buckets.bucketCounts.length === 0) return buckets;
  const offset = coarser(buckets.offset, steps);
  const bucketCounts: number[] = [];
  buckets.bucketCounts.forEach((count, index) => {
    const at = coarser(buckets.offset + index, steps) - offset;
    bucketCounts[at] = (bucketCounts[at] ?? 0) + count;
  });
  return { offset, bucketCounts };
}

function coarser(index: number, steps: number): number {
  return Math.floor(index / 2 ** steps);
}

/** Adds the buckets of both. There must be few. */
function together(a: ExponentialBuckets, b: ExponentialBuckets): ExponentialBuckets {
  if (a.bucketCounts.length === 0) return b;
  if (b.bucketCounts.length === 0) return a;
  const offset = Math.min(a.offset, b.offset);
  const end = Math.max(a.offset + a.bucketCounts.length, b.offset + b.bucketCounts.length);
  const bucketCounts = Array.from<number>({ length: end - offset }).fill(0);
  for (const one of [a, b]) {
    one.bucketCounts.forEach((count, index) => {
      bucketCounts[one.offset - offset + index]! += count;
    });
  }
  return { offset, bucketCounts };
}

/**
 * Subtracts the buckets of an earlier state and trims the zeros at both ends. Returns undefined if `base`
 * cannot be an earlier state.
 */
function without(
  { offset, bucketCounts }: ExponentialBuckets,
  base: ExponentialBuckets,
): ExponentialBuckets | undefined {
  const counts = [...bucketCounts];
  for (const [index, count] of base.bucketCounts.entries()) {
    const at = base.offset + index - offset;
    if (count > 0 && !(counts[at]! >= count)) return undefined;
    if (count > 0) counts[at]! -= count;
  }
  const first = counts.findIndex((count) => count > 0);
  if (first === -1) return { offset: 0, bucketCounts: [] };
  const last = counts.findLastIndex((count) => count > 0);
  return { offset: offset + first, bucketCounts: counts.slice(first, last + 1) };
}
