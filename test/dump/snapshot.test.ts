import { streamsFor } from "../metrics/streams-for.ts";
import { expect, it } from "vitest";
import {
  defineCounter,
  defineDistribution,
  defineExponentialHistogram,
  defineGauge,
  defineHistogram,
  defineState,
  defineUpDownCounter,
  hexNaming,
  MetricRegistry,
} from "../../src/metrics/index.ts";
import { CUMULATIVE } from "../../src/points/types.ts";
import type { Reading } from "../../src/dump/index.ts";
import { snapshot } from "../../src/dump/index.ts";
import { resolveIdentity } from "../../src/identity/identity.ts";
import { InstrumentsDelivery } from "../../src/metrics/instruments.ts";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { TestReader } from "../metrics/collect.ts";

const base = { service: { id: "0xa", name: "shop" }, help: "Orders." } as const;
const placed = defineCounter({ ...base, id: "0x1", name: "shop.placed", labels: ["currency"] });
const open = defineUpDownCounter({ ...base, id: "0x2", name: "shop.open" });
const depth = defineGauge({ ...base, id: "0x3", name: "shop.depth", labels: ["queue"] });
const wait = defineHistogram({ ...base, id: "0x4", name: "shop.wait", unit: "s", buckets: [1, 2] });
const size = defineExponentialHistogram({ ...base, id: "0x5", name: "shop.size", unit: "By" });
const ages = defineDistribution({ ...base, id: "0x6", name: "shop.ages", buckets: [10, 20] });
const mode = defineState({ ...base, id: "0x7", name: "shop.mode", labels: ["site"] });

/** What the series of one metric hold. */
function readings(registry: MetricRegistry, name: string): Reading[] {
  return snapshot(registry)
    .filter((metric) => metric.name === name)
    .flatMap(({ series }) => series.map(({ reading }) => reading));
}

const producer = (): MetricRegistry => new MetricRegistry({ delivery: "auto" });

it("sorts metrics by name, and series by their labels: absent first, numbers by their size", () => {
  const registry = producer();
  registry.upDownCounter(open);
  const labels = { status: "int", route: "string?" } as const;
  const answers = defineCounter({ ...base, id: "0x9", name: "shop.answers", labels });
  const counter = registry.counter(answers);
  for (const status of [404, 200, 1000]) {
    for (const route of ["b", undefined, "B"]) counter.add(1, { status, route });
  }

  const [first, second, third] = snapshot(registry);
  expect([first!.name, second!.name]).toEqual(["shop.answers", "shop.open"]);
  expect(third!.name).toBe("taskmon.measurements.dropped");
  expect(first!.series.map((series) => Object.values(series.labels).join(" "))).toEqual(
    [200, 404, 1000].flatMap((status) => [`${status}`, `${status} B`, `${status} b`]),
  );
});

it("tells sums, of counters and of up-down counters", () => {
  const registry = producer();
  registry.counter(placed).add(3, { currency: "EUR" });
  registry.upDownCounter(open).add(-2);
  expect(readings(registry, "shop.placed")).toEqual([{ type: "number", value: 3 }]);
  expect(readings(registry, "shop.open")).toEqual([{ type: "number", value: -2 }]);
});

it("reads the callbacks of gauges, and says where one throws", () => {
  const registry = producer();
  const gauge = registry.gauge(depth);
  gauge.observe(() => 4, { queue: "a" });
  gauge.observe(() => undefined, { queue: "b" });
  gauge.observe(
    () => {
      throw new Error("no queue");
    },
    { queue: "c" },
  );
  gauge.bind({ queue: "d" });
  gauge.observe(() => Number.NaN, { queue: "e" });
  expect(readings(registry, "shop.depth")).toEqual([
    { type: "number", value: 4 },
    { type: "none" },
    { type: "failed", message: "no queue" },
    { type: "none" },
    { type: "none" },
  ]);
});

it("reads no callback of a series that it does not show", () => {
  const registry = producer();
  const gauge = registry.gauge(depth);
  const read: string[] = [];
  for (const queue of ["c", "a", "b"]) gauge.observe(() => read.push(queue), { queue });
  expect(snapshot(registry, { prefix: "shop.", maxSeries: 2 })[0]).toMatchObject({
    series: [{ labels: { queue: "a" } }, { labels: { queue: "b" } }],
    moreSeries: 1,
  });
  expect(read).toEqual(["a", "b"]);
});

it("names a state by its text, and not as a label", () => {
  const registry = producer();
  const state = registry.state(mode);
  state.set("open", { site: "x" });
  state.set("shut", { site: "x" });
  const [metric] = snapshot(registry);
  expect(metric).toMatchObject({
    labelKeys: ["site"],
    series: [{ labels: { site: "x" }, reading: { type: "state", value: "shut" } }],
  });
});

it("tells what distributions of every kind come to", () => {
  const registry = producer();
  for (const seconds of [0.5, 1.5, 1.5, 3]) registry.histogram(wait).record(seconds);
  registry.exponentialHistogram(size).record(100);
  registry.distribution(ages).set([-5, 5, 15]);
  expect(readings(registry, "shop.wait")).toEqual([
    {
      ...{ type: "distribution", count: 4, sum: 6.5, mean: 1.625, min: 0.5, max: 3 },
      ...{ p50: 1.5, p90: 2 + 1 * 0.6, p99: expect.closeTo(2 + 1 * 0.96, 12) as number },
    },
  ]);
  expect(readings(registry, "shop.size")).toEqual([
    {
      ...{ type: "distribution", count: 1, sum: 100, mean: 100, min: 100, max: 100 },
      ...{ p50: 100, p90: 100, p99: 100 },
    },
  ]);
  expect(readings(registry, "shop.ages")).toMatchObject([
    { count: 3, mean: 5, min: -5, max: 15, p50: expect.closeTo(-5 + 15 * 0.75, 12) as number },
  ]);
});

it("has no mean and no quantiles of a distribution without measurements", () => {
  const registry = producer();
  registry.histogram(wait).bind();
  const [reading] = readings(registry, "shop.wait");
  expect(reading).toMatchObject({ type: "distribution", count: 0 });
  expect(reading).toMatchObject({ mean: undefined, p50: undefined, max: undefined });
});

it("marks the series that takes what is beyond the limit, and shows it whatever the limit of a dump", () => {
  const registry = producer();
  const few = defineCounter({ ...base, id: "0x8", name: "shop.few", labels: ["k"], maxSeries: 2 });
  for (const k of ["z", "y", "a", "b", "c"]) registry.counter(few).add(1, { k });
  expect(snapshot(registry, { maxSeries: 1 })[0]).toMatchObject({
    seriesLimit: 2,
    moreSeries: 1,
    series: [
      { labels: { k: "y" }, isOverflow: false },
      { labels: {}, isOverflow: true, reading: { type: "number", value: 3 } },
    ],
  });
});

it("names a metric as it is declared and as it is exported, with its constant labels", () => {
  const identity = resolveIdentity({ domain: "0x1", app: "0x2", release: "0x3" });
  const form = { naming: hexNaming(), constantLabels: { instance: "none" } } as const;
  const registry = new MetricRegistry({ ...form, identity });
  registry.counter(placed);
  expect(snapshot(registry, { prefix: "shop." })).toMatchObject([
    {
      name: "shop.placed",
      exportedName: "op_a_1",
      meter: "shop",
      constantLabels: { domain: "1", app: "2", release: "3", svc: "a" },
    },
  ]);
});

it("shows no series of a metric that is off", () => {
  const registry = producer();
  registry.counter(placed).add(1, { currency: "EUR" });
  registry.turn(({ name }) => name !== "shop.placed");
  expect(snapshot(registry, { prefix: "shop." })).toMatchObject([{ isOff: true, series: [] }]);
});

it("knows a histogram's measurements, whoever else is told of them", async () => {
  const registry = new MetricRegistry({ delivery: "instruments" });
  const histogram = registry.histogram(wait);
  histogram.record(0.5);
  histogram.record(1.5);
  expect(readings(registry, "shop.wait")).toMatchObject([{ count: 2, mean: 1, max: 1.5 }]);

  const delivery = new InstrumentsDelivery(registry);
  const provider = new MeterProvider({ readers: [new TestReader()] });
  delivery.bind(provider);
  histogram.record(2.5);
  expect(readings(registry, "shop.wait")).toMatchObject([{ count: 3, max: 2.5 }]);

  delivery.unbind();
  histogram.record(3.5);
  expect(readings(registry, "shop.wait")).toMatchObject([{ count: 4, max: 3.5 }]);
  await provider.shutdown();
});

it("knows under either delivery what an SDK's instruments only read", async () => {
  const registry = new MetricRegistry();
  const reader = new TestReader();
  const provider = new MeterProvider({ readers: [reader] });
  registry.setMeterProvider(provider);
  registry.counter(placed).add(3, { currency: "EUR" });
  await reader.collect();
  expect(readings(registry, "shop.placed")).toEqual([{ type: "number", value: 3 }]);
  await provider.shutdown();
});

it("takes nothing from what a reader collects", () => {
  const registry = producer();
  registry.counter(placed).add(3, { currency: "EUR" });
  registry.histogram(wait).record(1);
  registry.distribution(ages).set([1]);
  const collect = (): unknown =>
    streamsFor(registry, () => CUMULATIVE)
      .collect(0)
      .map(({ metrics }) => metrics.map(({ dataPoints }) => dataPoints.map(({ value }) => value)));
  const before = collect();
  snapshot(registry);
  expect(collect()).toEqual(before);
});

it("refuses options that make no sense", () => {
  const registry = producer();
  const wrong = [
    { maxSeries: 0 },
    { maxSeries: 1.5 },
    { prefix: 7 as never },
    { max: 1 } as object,
  ];
  for (const options of wrong) {
    expect(() => snapshot(registry, options)).toThrow(
      expect.objectContaining({ code: "ERR_TASKMON_INVALID_OPTION" }),
    );
  }
});
