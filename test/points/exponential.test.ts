import fc from "fast-check";
import { expect, it } from "vitest";
import { mergeExponentials, subtractExponential } from "../../src/points/exponential.ts";
import type { ExponentialHistogramLike } from "../../src/points/types.ts";
import { collectHistogram } from "./sdk.ts";

/** Values of many magnitudes, so that the SDK changes the scale. */
const value = fc.oneof(
  fc.constant(0),
  fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
  fc.double({ min: 0.9, max: 1.1, noNaN: true }),
);
const values = fc.array(value, { maxLength: 40 });

const recorded = (list: readonly number[]): Promise<ExponentialHistogramLike> =>
  collectHistogram<ExponentialHistogramLike>("exponential", list);

/** How often each bucket was hit, by its bounds' exponent at a scale that all have. */
function atScale(histogram: ExponentialHistogramLike, scale: number): Record<string, number> {
  const counts: Record<string, number> = { zero: histogram.zeroCount };
  const { offset, bucketCounts } = histogram.positive;
  bucketCounts.forEach((count, index) => {
    const at = (offset + index) >> (histogram.scale - scale);
    if (count !== 0) counts[at] = (counts[at] ?? 0) + count;
  });
  return counts;
}

it("subtracts what was there before from what the SDK has accumulated", async () => {
  await fc.assert(
    fc.asyncProperty(values, values, async (before, after) => {
      const base = await recorded(before);
      const whole = await recorded([...before, ...after]);
      const since = subtractExponential(whole, base)!;
      const expected = await recorded(after);
      expect(since.count).toBe(after.length);
      expect(since.zeroCount).toBe(expected.zeroCount);
      expect(since.sum).toBeCloseTo(expected.sum!, 3);
      const scale = Math.min(since.scale, expected.scale);
      expect(atScale(since, scale)).toEqual(atScale(expected, scale));
      if (before.length > 0) expect([since.min, since.max]).toEqual([undefined, undefined]);
    }),
    { numRuns: 60 },
  );
});

it("merges two into what the SDK would have had of all", async () => {
  await fc.assert(
    fc.asyncProperty(values, values, async (a, b) => {
      fc.pre(a.length > 0 && b.length > 0);
      const merged = mergeExponentials(await recorded(a), await recorded(b));
      const expected = await recorded([...a, ...b]);
      expect(merged).toMatchObject({
        count: expected.count,
        zeroCount: expected.zeroCount,
        min: expected.min,
        max: expected.max,
      });
      expect(merged.sum).toBeCloseTo(expected.sum!, 3);
      expect(merged.positive.bucketCounts.length).toBeLessThanOrEqual(160);
      const scale = Math.min(merged.scale, expected.scale);
      expect(atScale(merged, scale)).toEqual(atScale(expected, scale));
    }),
    { numRuns: 60 },
  );
});

const side = (offset: number, ...bucketCounts: number[]): ExponentialHistogramLike["positive"] => ({
  offset,
  bucketCounts,
});

it("joins neighbours where the older state has the finer scale, and negative indexes too", () => {
  const base = {
    count: 3,
    sum: 1,
    scale: 1,
    zeroCount: 0,
    positive: side(-3, 1, 1, 1),
    negative: side(0),
  };
  const whole = {
    count: 6,
    sum: 5,
    scale: 0,
    zeroCount: 1,
    positive: side(-2, 1, 3, 1),
    negative: side(0),
  };
  expect(subtractExponential(whole, base)).toMatchObject({
    count: 3,
    sum: 4,
    scale: 0,
    zeroCount: 1,
    positive: { offset: -1, bucketCounts: [1, 1] },
    negative: { offset: 0, bucketCounts: [] },
  });
});

it("knows what is no earlier state of the same stream", () => {
  const one = { count: 1, sum: 1, scale: 0, zeroCount: 0, positive: side(0, 1), negative: side(0) };
  const other = { ...one, positive: side(5, 1) };
  expect(subtractExponential(one, other)).toBeUndefined();
  expect(subtractExponential(one, { ...one, zeroCount: 1, count: 2 })).toBeUndefined();
});
