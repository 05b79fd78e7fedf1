import { expect, it } from "vitest";
import { histogram } from "../../src/admin/page/drawings.ts";

const BARS = [
  { from: 0, to: 1, count: 3 },
  { from: 1, to: 2, count: 6 },
  { from: 4, to: 8, count: 1 },
];

/** Where the quantiles stand, from the left. */
function placesIn(svg: string): number[] {
  return Array.from(svg.matchAll(/class="quantile" d="M([\d.]+) 0v48"/g), ([, x]) => Number(x));
}

it("marks the quantiles of a histogram within their bars, and says them", () => {
  const { text } = histogram(BARS, [
    { words: "p50 1.5 s", value: 1.5 },
    { words: "p90 4 s", value: 4 },
    { words: "p99 8 s", value: 8 },
  ]);
  expect(placesIn(text)).toEqual([15, 20.5, 29.5]);
  expect(text).toContain('aria-label="p50 1.5 s; p90 4 s; p99 8 s; buckets: 0 to 1: 3; ');
});

it("marks no quantile that is not known, or lies beyond the buckets", () => {
  const { text } = histogram(BARS, [
    { words: "p50", value: undefined },
    { words: "p90", value: null },
    { words: "p99", value: 9 },
  ]);
  expect(placesIn(text)).toEqual([]);
});
