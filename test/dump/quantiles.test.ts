import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import type { HistogramLike } from "../../src/points/types.ts";
import { ExplicitHistogram } from "../../src/metrics/accumulate/explicit.ts";
import { ExponentialHistogram } from "../../src/metrics/accumulate/exponential.ts";
import { quantile } from "../../src/dump/quantiles.ts";
import { startPrometheus } from "../setup/prometheus.ts";

function explicit(bounds: readonly number[], values: Iterable<number>): HistogramLike {
  const histogram = new ExplicitHistogram(bounds);
  for (const value of values) histogram.record(value);
  return histogram.value();
}

function exponential(values: Iterable<number>) {
  const histogram = new ExponentialHistogram();
  for (const value of values) histogram.record(value);
  return histogram.value();
}

/** The value of which the share `q` is no larger: the nearest rank, of the measurements themselves. */
function nearestRank(q: number, values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)]!;
}

const shares = fc.double({ min: 0, max: 1, noNaN: true });
const bounds = fc
  .uniqueArray(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 12 })
  .map((list) => list.toSorted((a, b) => a - b))
  // -0 and 0 are one bound.
  .filter((list) => list.every((bound, index) => index === 0 || bound > list[index - 1]!));
const anyValues = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), {
  minLength: 1,
  maxLength: 60,
});
const fewBounds = fc.constant([-100, -1, 0, 0.5, 1, 2.5, 10, 100]);
const nearValues = fc.array(
  fc.oneof(
    fc.double({ min: -200, max: 200, noNaN: true }),
    fc.constantFrom(-100, -1, 0, 0.5, 1, 10, 100),
  ),
  { minLength: 1, maxLength: 60 },
);
const positiveValues = fc.array(fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }), {
  minLength: 1,
  maxLength: 60,
});

describe("of explicit buckets", () => {
  it("is where Prometheus puts it", () => {
    const value = explicit([1, 2, 4], [0.5, 1.5, 1.5, 3]);
    expect([0.25, 0.5, 0.75, 1].map((q) => quantile(q, value))).toEqual([1, 1.5, 2, 3]);
  });

  it("is none without measurements", () => {
    expect(quantile(0.5, explicit([1, 2], []))).toBeUndefined();
  });

  it("is the measurement where there is one, in whichever bucket", () => {
    for (const only of [-7, 0, 0.3, 1, 5e9]) {
      expect(quantile(0.5, explicit([1, 2], [only]))).toBe(only);
    }
  });

  it("goes on to the greatest measurement beyond the last bound", () => {
    expect(quantile(0.75, explicit([1, 10], [20, 30]))).toBe(10 + (30 - 10) * 0.75);
  });

  it("begins at the least measurement below zero", () => {
    const value = explicit([-10, 10], [-50, -30, -20, 5]);
    expect(quantile(0, value)).toBe(-50);
    expect(quantile(0.375, value)).toBe(-30);
    expect(quantile(0.25, explicit([10], [-20, 10, 10, 10]))).toBe(-20 + 30 * 0.25);
  });

  it("keeps to the bounds where least and greatest are not known", () => {
    const { buckets, sum, count } = explicit([-5, 5], [-50, -50, 1, 80]);
    const value = { buckets, sum, count };
    expect([0.25, 0.75, 1].map((q) => quantile(q, value))).toEqual([-5, 5, 5]);
    const { buckets: low } = explicit([5], [1, 2]);
    expect(quantile(0.5, { buckets: low, sum: 3, count: 2 })).toBe(2.5);
  });

  it("rises with the share", () => {
    fc.assert(
      fc.property(bounds, anyValues, shares, shares, (limits, values, a, b) => {
        const value = explicit(limits, values);
        const [low, high] = [Math.min(a, b), Math.max(a, b)].map((q) => quantile(q, value)!);
        expect(low).toBeLessThanOrEqual(high!);
      }),
    );
  });

  it("lies between the least and the greatest measurement", () => {
    fc.assert(
      fc.property(bounds, anyValues, shares, (limits, values, q) => {
        const estimate = quantile(q, explicit(limits, values))!;
        expect(estimate).toBeGreaterThanOrEqual(Math.min(...values));
        expect(estimate).toBeLessThanOrEqual(Math.max(...values));
      }),
    );
  });

  it("lies in the bucket of the measurement that it stands for", () => {
    fc.assert(
      fc.property(fewBounds, nearValues, shares, (limits, values, q) => {
        const value = explicit(limits, values);
        const truth = nearestRank(q, values);
        const index = limits.findIndex((bound) => truth <= bound);
        const lower = index === 0 ? value.min! : limits.at(index === -1 ? -1 : index - 1)!;
        const upper = index === -1 ? value.max! : limits[index]!;
        const estimate = quantile(q, value)!;
        expect(estimate).toBeGreaterThanOrEqual(lower);
        expect(estimate).toBeLessThanOrEqual(upper);
      }),
    );
  });

  it("is exact where all measurements are the same", () => {
    fc.assert(
      fc.property(
        bounds,
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        shares,
        (b, v, q) => {
          expect(quantile(q, explicit(b, [v, v, v])) === v).toBe(true);
        },
      ),
    );
  });

  it("is what a real Prometheus computes, but for the least and the greatest", async () => {
    const limits = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];
    const seeds = [3, 17, 257];
    const values = seeds.map((seed) =>
      explicit(
        limits,
        Array.from({ length: 200 }, (_, index) => (((index * seed) % 1_009) / 1_009) ** 3),
      ),
    );
    const text = values.map((value, index) => exposition(`wait_${index}`, value)).join("");
    const server = createServer((_, response) => response.end(text)).listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const prometheus = await startPrometheus({
      config: {
        global: { scrape_interval: "1s" },
        scrape_configs: [{ job_name: "q", static_configs: [{ targets: [`127.0.0.1:${port}`] }] }],
      },
    });
    onTestFinished(() => prometheus.stop());
    await expect
      .poll(() => prometheus.query("wait_0_count"), { timeout: 20_000 })
      .toMatchObject([{ value: 200 }]);

    for (const [index, value] of values.entries()) {
      for (const q of [0.01, 0.1, 0.5, 0.9, 0.99]) {
        const [theirs] = await prometheus.query(`histogram_quantile(${q}, wait_${index}_bucket)`);
        const clamped = Math.min(Math.max(theirs!.value, value.min!), value.max!);
        expect(quantile(q, value)).toBeCloseTo(clamped, 12);
      }
    }
  });
});

describe("of exponential buckets", () => {
  it("lies on a logarithmic line between the bounds", () => {
    const value = {
      scale: 0,
      zeroCount: 0,
      positive: { offset: 2, bucketCounts: [4] },
      negative: { offset: 0, bucketCounts: [] },
      sum: 24,
      count: 4,
    };
    expect([0.5, 1].map((q) => quantile(q, value))).toEqual([4 * Math.SQRT2, 8]);
  });

  it("counts zeros, and what is below them, before what is above", () => {
    const value = {
      scale: 0,
      zeroCount: 2,
      positive: { offset: 0, bucketCounts: [1] },
      negative: { offset: 0, bucketCounts: [0, 1] },
      sum: -1,
      count: 4,
    };
    expect([0, 0.25, 0.5, 0.75, 1].map((q) => quantile(q, value))).toEqual([-4, -2, 0, 0, 2]);
  });

  it("is none without measurements", () => {
    expect(quantile(0.5, exponential([]))).toBeUndefined();
  });

  it("rises with the share, and stays between the least and the greatest measurement", () => {
    fc.assert(
      fc.property(positiveValues, shares, shares, (values, a, b) => {
        const value = exponential(values);
        const [low, high] = [Math.min(a, b), Math.max(a, b)].map((q) => quantile(q, value)!);
        expect(Math.min(...values)).toBeLessThanOrEqual(low!);
        expect(low).toBeLessThanOrEqual(high!);
        expect(high).toBeLessThanOrEqual(Math.max(...values));
      }),
    );
  });

  it("is no further from the measurement that it stands for than its bucket is wide", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 1e-6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 60 }),
        shares,
        (values, q) => {
          const value = exponential(values);
          const factor = 2 ** (2 ** -value.scale) * (1 + 1e-9);
          const ratio = quantile(q, value)! / nearestRank(q, values);
          expect(ratio).toBeLessThanOrEqual(factor);
          expect(ratio).toBeGreaterThanOrEqual(1 / factor);
        },
      ),
    );
  });
});

/** The histogram as a scrape shows it. */
function exposition(name: string, { buckets, sum, count }: HistogramLike): string {
  let seen = 0;
  const lines = buckets.counts.map((n, index) => {
    seen += n;
    return `${name}_bucket{le="${buckets.boundaries[index] ?? "+Inf"}"} ${seen}`;
  });
  return [
    `# TYPE ${name} histogram`,
    ...lines,
    `${name}_sum ${sum}`,
    `${name}_count ${count}`,
    "",
  ].join("\n");
}
