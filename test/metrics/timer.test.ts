import { expect, it } from "vitest";
import type { BoundHistogram } from "../../src/metrics/handles.ts";
import { MetricRegistry } from "../../src/metrics/registry.ts";
import { defineCounter, defineHistogram } from "../../src/metrics/spec.ts";
import type { HistogramLike } from "../../src/points/types.ts";
import { streamsFor } from "./streams-for.ts";

const spec = (unit: string, name = "wait") =>
  defineHistogram({
    ...{ service: "shop", name, help: "Waits.", unit, buckets: [1e9] },
    labels: { queue: "string", status: "int?" },
  });

/** The count and the sum of each series. */
function sums(registry: MetricRegistry): unknown[] {
  return streamsFor(registry)
    .collect(Date.now())
    .flatMap(({ metrics }) => metrics)
    .filter(({ descriptor }) => descriptor.name === "wait")
    .flatMap(({ dataPoints }) =>
      dataPoints.map(({ attributes, value }) => {
        const { count, sum } = value as HistogramLike;
        return { attributes, count, sum };
      }),
    );
}

it.each([
  ["s", 1_000],
  ["ms", 1],
  ["us", 0.001],
  ["min", 60_000],
  ["By", 1_000],
])("records the time since in the spec's unit: %s", (unit, msInUnit) => {
  const registry = new MetricRegistry();
  const before = performance.now();
  const end = registry.histogram(spec(unit)).startTimer({ queue: "a" });
  const inner = performance.now();
  while (performance.now() < inner + 2);
  const innerEnd = performance.now();
  const took = end();
  expect(took * msInUnit).toBeGreaterThanOrEqual(innerEnd - inner);
  expect(took * msInUnit).toBeLessThanOrEqual(performance.now() - before);
  expect(sums(registry)).toEqual([{ attributes: { queue: "a" }, count: 1, sum: took }]);
});

it("takes labels at the end too, and records as often as it ends", () => {
  const registry = new MetricRegistry();
  const end = registry.histogram(spec("s")).startTimer({ queue: "a" });
  end({ status: 200 });
  end({ status: 200 });
  end({ status: 500 });
  expect(sums(registry)).toMatchObject([
    { attributes: { queue: "a", status: 200 }, count: 2 },
    { attributes: { queue: "a", status: 500 }, count: 1 },
  ]);
});

it("starts from a bound series, and drops where that was bound with wrong labels", () => {
  const registry = new MetricRegistry();
  const histogram = registry.histogram(spec("s"));
  histogram.bind({ queue: "a" }).startTimer()();
  const wrong: BoundHistogram = histogram.bind({} as never);
  expect(wrong.startTimer()()).toBeGreaterThanOrEqual(0);
  expect(sums(registry)).toMatchObject([{ attributes: { queue: "a" }, count: 1 }]);
});

it("finds a metric's handle by its name", () => {
  const registry = new MetricRegistry();
  const histogram = registry.histogram(spec("s"));
  expect(registry.get("wait")).toBe(histogram);
  expect(registry.get("wait", "shop")).toBe(histogram);
  expect(registry.get("wait", "market")).toBeUndefined();
  expect(registry.get("weight")).toBeUndefined();
  const sold = (service: string) => defineCounter({ service, name: "sold", help: "Sold." });
  const shop = registry.counter(sold("shop"));
  registry.counter(sold("market"));
  expect(registry.get("sold")).toBeUndefined();
  expect(registry.get("sold", "shop")).toBe(shop);
  expect(registry.get("sold", "market")?.spec.kind).toBe("counter");
});
