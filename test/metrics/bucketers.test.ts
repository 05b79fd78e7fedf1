import fc from "fast-check";
import { expect, it } from "vitest";
import { fixedWidthBuckets, geometricBuckets, nextDown } from "../../src/metrics/bucketers.ts";

it("gives fixed-width buckets from zero to their last bound", () => {
  expect(fixedWidthBuckets({ width: 10, count: 3 })).toEqual([0, 10, 20, 30]);
});

it("gives geometric buckets from their scale on, by default the original's", () => {
  expect(geometricBuckets({ growthFactor: 2, count: 3, scale: 5 })).toEqual([5, 10, 20, 40]);
  const bounds = geometricBuckets();
  expect(bounds).toHaveLength(101);
  expect(bounds[5]).toBeCloseTo(10, 12);
  expect(bounds[100]! / 1e20).toBeCloseTo(1, 12);
});

it("moves bounds down where the original's buckets include their lower bound", () => {
  const bounds = fixedWidthBuckets({ width: 1, count: 2, lowerInclusive: true });
  expect(bounds).toEqual([-Number.MIN_VALUE, 0.9999999999999999, 1.9999999999999998]);
});

it("finds the largest number below any number", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const below = nextDown(value);
      expect(below).toBeLessThan(value);
      // Nothing lies between the two.
      const middle = below + (value - below) / 2;
      expect(middle === below || middle === value || !Number.isFinite(below)).toBe(true);
    }),
  );
});

it.each([
  [() => fixedWidthBuckets({ width: 0, count: 1 }), "buckets.width"],
  [() => fixedWidthBuckets({ width: 1, count: 0 }), "buckets.count"],
  [() => geometricBuckets({ growthFactor: 1 }), "buckets.growthFactor"],
  [() => geometricBuckets({ growthFactor: 1e10, count: 1_000 }), "bounds that are finite"],
  [() => geometricBuckets({ scale: -1 }), "buckets.scale"],
])("refuses what gives no buckets: %s", (make, message) => {
  expect(make).toThrow(message);
});
