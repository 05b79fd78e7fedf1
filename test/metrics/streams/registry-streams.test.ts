import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hrTimeOf } from "../../../src/points/time.ts";
import { CUMULATIVE, DELTA, type HistogramLike } from "../../../src/points/types.ts";
import type { RegistryStreams } from "../../../src/metrics/streams/registry-streams.ts";
import { streamsFor } from "../streams-for.ts";
import { MetricRegistry } from "../../../src/metrics/registry.ts";
import {
  defineCounter,
  defineExponentialHistogram,
  defineGauge,
  defineHistogram,
} from "../../../src/metrics/spec.ts";

const base = { service: "0xa", help: "Orders." } as const;
const orders = defineCounter({ ...base, id: "0x1", name: "orders", labels: ["currency"] });
const open = defineGauge({ ...base, id: "0x3", name: "open" });
const wait = defineHistogram({ ...base, id: "0x4", name: "wait", buckets: [1, 2] });

interface Point {
  readonly value: unknown;
  readonly startTime: unknown;
}

function pointsOf(streams: RegistryStreams, name: string, nowMs = Date.now()): Point[] {
  return streams
    .collect(nowMs)
    .flatMap(({ metrics }) => metrics)
    .filter(({ descriptor }) => descriptor.name === name)
    .flatMap(({ dataPoints }) => dataPoints);
}

it("reports nothing that the SDK's instruments report", () => {
  const registry = new MetricRegistry({ delivery: "instruments" });
  registry.counter(orders).add(1, { currency: "EUR" });
  expect(streamsFor(registry, () => CUMULATIVE).collect(0)).toEqual([]);
});

it("tells a cumulative reader totals since the series began", () => {
  const registry = new MetricRegistry({ delivery: "auto" });
  const streams = streamsFor(registry, () => CUMULATIVE);
  const before = Date.now();
  registry.counter(orders).add(1, { currency: "EUR" });
  const [first] = pointsOf(streams, "orders");
  registry.counter(orders).add(2, { currency: "EUR" });
  const [second] = pointsOf(streams, "orders", before + 60_000);
  expect([first?.value, second?.value]).toEqual([1, 3]);
  expect(second?.startTime).toEqual(first?.startTime);
  expect((first!.startTime as [number, number])[0]).toBeGreaterThanOrEqual(
    Math.floor(before / 1_000),
  );
});

it("tells a delta reader what came since it was last told, span after span", () => {
  const registry = new MetricRegistry({ delivery: "auto" });
  const [streams, waits] = [0, 1].map(() => streamsFor(registry, () => DELTA));
  registry.counter(orders).add(1, { currency: "EUR" });
  registry.histogram(wait).record(1.5);
  const t = Date.now();
  expect(pointsOf(streams!, "orders", t + 1_000)[0]?.value).toBe(1);
  expect(pointsOf(waits!, "wait", t + 2_000)[0]?.value).toMatchObject({ count: 1, sum: 1.5 });
  registry.counter(orders).add(5, { currency: "EUR" });
  registry.histogram(wait).record(9);
  const [point] = pointsOf(streams!, "orders", t + 2_000);
  expect(point).toMatchObject({ value: 5, startTime: hrTimeOf(t + 1_000) });
  const [histogram] = pointsOf(waits!, "wait", t + 3_000);
  expect(histogram).toMatchObject({
    value: { count: 1, sum: 9, buckets: { counts: [0, 0, 1] } },
    startTime: hrTimeOf(t + 2_000),
  });
  expect(pointsOf(waits!, "wait", t + 4_000)).toEqual([]);
});

it("asks the reader for each kind's temporality by itself", () => {
  const registry = new MetricRegistry({ delivery: "auto" });
  registry.counter(orders).add(1, { currency: "EUR" });
  registry.histogram(wait).record(1);
  const asked: string[] = [];
  const streams = streamsFor(registry, (type) => {
    asked.push(type);
    return type === "HISTOGRAM" ? DELTA : CUMULATIVE;
  });
  const metrics = streams.collect(Date.now()).flatMap((scope) => scope.metrics);
  expect(metrics.map((m) => [m.descriptor.name, m.aggregationTemporality])).toEqual([
    ["orders", CUMULATIVE],
    ["wait", DELTA],
  ]);
  expect(asked).toContain("COUNTER");
});

it("reports the rest where one reading throws", () => {
  const registry = new MetricRegistry({ delivery: "auto" });
  registry.gauge(open).observe(() => {
    throw new Error("broken reading");
  });
  registry.counter(orders).add(1, { currency: "EUR" });
  const streams = streamsFor(registry, () => CUMULATIVE);
  expect(pointsOf(streams, "open")).toEqual([]);
  expect(pointsOf(streams, "orders")).toHaveLength(1);
});

describe("a removed series", () => {
  it("is told once more where it has news, and begins at zero when it is recorded anew", () => {
    const registry = new MetricRegistry({ delivery: "auto" });
    const counter = registry.counter(orders);
    const [cumulative, delta] = [CUMULATIVE, DELTA].map((temporality) =>
      streamsFor(registry, () => temporality),
    );
    const bound = counter.bind({ currency: "EUR" });
    bound.add(5);
    expect(pointsOf(delta!, "orders")[0]?.value).toBe(5);
    expect(counter.remove({ currency: "EUR" })).toBe(true);
    expect(counter.remove({ currency: "EUR" })).toBe(false);
    expect(pointsOf(delta!, "orders")).toEqual([]);
    expect(pointsOf(cumulative!, "orders")[0]?.value).toBe(5);
    expect(pointsOf(cumulative!, "orders")).toEqual([]);
    bound.add(2);
    expect(pointsOf(cumulative!, "orders")[0]?.value).toBe(2);
    counter.add(1, { currency: "EUR" });
    expect(pointsOf(cumulative!, "orders")[0]?.value).toBe(3);
  });

  it("of a histogram begins anew too", () => {
    const registry = new MetricRegistry({ delivery: "auto" });
    const histogram = registry.histogram(wait);
    const bound = histogram.bind();
    bound.record(1);
    histogram.clear();
    const streams = streamsFor(registry, () => CUMULATIVE);
    expect(pointsOf(streams, "wait")).toEqual([]);
    bound.record(2);
    histogram.record(2);
    expect(pointsOf(streams, "wait")[0]?.value).toMatchObject({ count: 2, sum: 4 });
  });
});

it("adds up for any sequence of records on any set of readers", () => {
  const action = fc.oneof(
    fc.record({ add: fc.nat(1_000) }),
    fc.record({ wait: fc.nat(5) }),
    fc.record({ collect: fc.nat(2) }),
  );
  const sizes = defineExponentialHistogram({ ...base, id: "0x5", name: "sizes" });
  fc.assert(
    fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
      const registry = new MetricRegistry({ delivery: "auto" });
      const deltas = [0, 1, 2].map(() => streamsFor(registry, () => DELTA));
      const seen = deltas.map(() => ({ orders: 0, waits: 0, sizes: 0, bucket: 0 }));
      const truth = { orders: 0, waits: 0, sizes: 0, bucket: 0 };
      const collect = (index: number): void => {
        for (const { metrics } of deltas[index]!.collect(Date.now())) {
          for (const { descriptor, dataPoints } of metrics) {
            for (const { value } of dataPoints) {
              if (descriptor.name === "orders") seen[index]!.orders += value as number;
              if (descriptor.name === "sizes") seen[index]!.sizes += (value as HistogramLike).count;
              if (descriptor.name === "wait") {
                seen[index]!.waits += (value as HistogramLike).count;
                seen[index]!.bucket += (value as HistogramLike).buckets.counts[0]!;
              }
            }
          }
        }
      };
      for (const step of actions) {
        if ("collect" in step) collect(step.collect);
        else if ("add" in step) {
          registry.counter(orders).add(step.add, { currency: "EUR" });
          truth.orders += step.add;
        } else {
          registry.histogram(wait).record(step.wait);
          registry.exponentialHistogram(sizes).record(step.wait);
          truth.waits++;
          truth.sizes++;
          if (step.wait <= 1) truth.bucket++;
        }
      }
      deltas.forEach((_, index) => collect(index));
      expect(seen).toEqual([truth, truth, truth]);
    }),
  );
});
