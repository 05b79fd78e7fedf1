import {
  AggregationType,
  DataPointType,
  type ExponentialHistogram as SdkExponential,
  type Histogram as SdkHistogram,
  MeterProvider,
} from "@opentelemetry/sdk-metrics";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ExplicitHistogram } from "../../../src/metrics/accumulate/explicit.ts";
import { ExponentialHistogram } from "../../../src/metrics/accumulate/exponential.ts";
import { subtractExponential } from "../../../src/points/exponential.ts";
import { subtractHistogram } from "../../../src/points/histogram.ts";
import { TestReader } from "../collect.ts";

const values = fc.array(
  fc.oneof(
    fc.constantFrom(0, 1, 2, 4, 0.5, 1e-320, Number.MIN_VALUE, Number.MAX_VALUE, 1e300, 10),
    fc.double({ min: 0, noNaN: true, noDefaultInfinity: true, max: 1e12 }),
    fc.double({ min: 1, noNaN: true, max: 1.001 }),
  ),
  { minLength: 1, maxLength: 60 },
);

/** What the SDK makes of the same measurements, collected once. */
async function sdkPoint(recorded: readonly number[], exponential: boolean): Promise<unknown> {
  const reader = new TestReader();
  const provider = new MeterProvider({
    readers: [reader],
    views: exponential
      ? [{ instrumentName: "h", aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } }]
      : [],
  });
  const histogram = provider
    .getMeter("m")
    .createHistogram("h", { advice: { explicitBucketBoundaries: [0.5, 1, 2, 10] } });
  for (const value of recorded) histogram.record(value);
  const { scopeMetrics } = (await reader.collect()).resourceMetrics;
  const metric = scopeMetrics[0]!.metrics[0]!;
  expect(metric.dataPointType).toBe(
    exponential ? DataPointType.EXPONENTIAL_HISTOGRAM : DataPointType.HISTOGRAM,
  );
  return metric.dataPoints[0]!.value;
}

describe("an explicit histogram", () => {
  it("puts a measurement on a bound into the bucket that the bound closes", () => {
    const histogram = new ExplicitHistogram([1, 2]);
    for (const value of [0, 1, 1.5, 2, 3]) histogram.record(value);
    expect(histogram.value()).toEqual({
      buckets: { boundaries: [1, 2], counts: [2, 2, 1] },
      sum: 7.5,
      count: 5,
      min: 0,
      max: 3,
    });
  });

  it("has neither least nor greatest before the first measurement", () => {
    expect(new ExplicitHistogram([1]).value()).toEqual({
      buckets: { boundaries: [1], counts: [0, 0] },
      sum: 0,
      count: 0,
    });
  });

  it("agrees with the SDK's for any measurements", async () => {
    await fc.assert(
      fc.asyncProperty(values, async (recorded) => {
        const histogram = new ExplicitHistogram([0.5, 1, 2, 10]);
        for (const value of recorded) histogram.record(value);
        const { hasMinMax: _, ...expected } = (await sdkPoint(recorded, false)) as SdkHistogram & {
          hasMinMax?: boolean;
        };
        expect(histogram.value()).toEqual(expected);
      }),
    );
  });

  it("tells what came between two of its values", () => {
    fc.assert(
      fc.property(values, values, (before, after) => {
        const [whole, part] = [new ExplicitHistogram([1, 9]), new ExplicitHistogram([1, 9])];
        for (const value of before) whole.record(value);
        const from = whole.value();
        for (const value of after) {
          whole.record(value);
          part.record(value);
        }
        const difference = subtractHistogram(whole.value(), from)!;
        expect(difference.buckets).toEqual(part.value().buckets);
        expect(difference.count).toBe(after.length);
        expect(difference.min).toBeUndefined();
      }),
    );
  });
});

describe("an exponential histogram", () => {
  it("agrees with the SDK's for any measurements", async () => {
    await fc.assert(
      fc.asyncProperty(values, async (recorded) => {
        const histogram = new ExponentialHistogram();
        for (const value of recorded) histogram.record(value);
        expect(histogram.value()).toEqual((await sdkPoint(recorded, true)) as SdkExponential);
      }),
    );
  });

  it("keeps its buckets to a fixed number", () => {
    const histogram = new ExponentialHistogram();
    for (let power = -1_000; power <= 1_000; power += 0.25) histogram.record(2 ** power);
    const { positive, count } = histogram.value();
    expect(positive.bucketCounts.length).toBeLessThanOrEqual(160);
    expect(positive.bucketCounts.reduce((sum, bucket) => sum + bucket)).toBe(count);
  });

  it("tells what came between two of its values, also across a change of scale", () => {
    fc.assert(
      fc.property(values, values, (before, after) => {
        const whole = new ExponentialHistogram();
        for (const value of before) whole.record(value);
        const from = whole.value();
        for (const value of after) whole.record(value);
        const to = whole.value();
        const difference = subtractExponential(to, from)!;
        const total = difference.positive.bucketCounts.reduce((sum, count) => sum + count, 0);
        expect(total + difference.zeroCount).toBe(after.length);
        expect(difference.positive.bucketCounts.every((count) => count >= 0)).toBe(true);
        expect(difference.scale).toBe(to.scale);
      }),
    );
  });
});
