import { AggregationTemporality, type Histogram, MeterProvider } from "@opentelemetry/sdk-metrics";
import fc from "fast-check";
import { expect, it } from "vitest";
import { InstrumentsDelivery } from "../../src/metrics/instruments.ts";
import { MetricRegistry } from "../../src/metrics/registry.ts";
import {
  defineCounter,
  defineGauge,
  defineHistogram,
  defineUpDownCounter,
} from "../../src/metrics/spec.ts";
import { TestReader } from "./collect.ts";

const base = { service: "0xa", help: "Orders." } as const;
const orders = defineCounter({ ...base, id: "0x1", name: "orders", labels: ["currency"] });
const stock = defineUpDownCounter({ ...base, id: "0x2", name: "stock", unit: "{item}" });
const open = defineGauge({ ...base, id: "0x3", name: "open" });
const wait = defineHistogram({
  ...base,
  id: "0x4",
  name: "wait",
  unit: "s",
  labels: ["step"],
  buckets: [1, 2],
});

it("loses nothing that was recorded before there was an SDK", async () => {
  const registry = new MetricRegistry();
  registry.counter(orders).add(2, { currency: "EUR" });
  registry.upDownCounter(stock).add(-3);
  registry.gauge(open).set(7);
  registry.histogram(wait).record(1.5, { step: "pack" });
  const bound = registry.histogram(wait).bind({ step: "pack" });
  bound.record(0.5);

  const reader = new TestReader();
  registry.setMeterProvider(new MeterProvider({ readers: [reader] }));
  registry.counter(orders).add(1, { currency: "EUR" });
  bound.record(9);

  expect(await reader.points("orders")).toEqual([{ attributes: { currency: "EUR" }, value: 3 }]);
  expect(await reader.points("stock")).toEqual([{ attributes: {}, value: -3 }]);
  expect(await reader.points("open")).toEqual([{ attributes: {}, value: 7 }]);
  const [point] = await reader.points("wait");
  expect(point?.attributes).toEqual({ step: "pack" });
  expect(point?.value).toMatchObject({
    count: 3,
    sum: 11,
    buckets: { boundaries: [1, 2], counts: [1, 1, 1] },
  });
});

it("gives instruments their name, help, unit and kind, under one Meter per service", async () => {
  const registry = new MetricRegistry();
  const reader = new TestReader();
  registry.setMeterProvider(new MeterProvider({ readers: [reader] }));
  registry.upDownCounter(stock).add(1);
  registry.counter(defineCounter({ ...base, service: "0xb", id: "0x1", name: "orders" })).add(1);
  const { scopeMetrics } = (await reader.collect()).resourceMetrics;
  expect(
    scopeMetrics.map(({ scope, metrics }) => [scope.name, metrics.map((m) => m.descriptor.name)]),
  ).toEqual([
    ["taskmon.service.a", ["stock"]],
    ["taskmon.service.b", ["orders"]],
  ]);
  expect(scopeMetrics[0]?.metrics[0]).toMatchObject({
    descriptor: { description: "Orders.", unit: "{item}" },
    isMonotonic: false,
  });
});

it("delivers metrics that are registered after the SDK started", async () => {
  const registry = new MetricRegistry();
  const reader = new TestReader();
  registry.setMeterProvider(new MeterProvider({ readers: [reader] }));
  registry.gauge(open).set(1);
  expect(await reader.points("open")).toEqual([{ attributes: {}, value: 1 }]);
});

it("does not report a gauge that was never set, nor one whose reading has nothing", async () => {
  const registry = new MetricRegistry();
  registry.gauge(open);
  let reading: number | undefined;
  registry.gauge(defineGauge({ ...base, id: "0x8", name: "read" })).observe(() => reading);
  const reader = new TestReader();
  registry.setMeterProvider(new MeterProvider({ readers: [reader] }));
  expect(await reader.points("open")).toEqual([]);
  expect(await reader.points("read")).toEqual([]);
  reading = 4;
  expect(await reader.points("read")).toEqual([{ attributes: {}, value: 4 }]);
});

it("reports the rest where one reading throws", async () => {
  const registry = new MetricRegistry();
  registry.gauge(open).observe(() => {
    throw new Error("broken reading");
  });
  registry.upDownCounter(stock).add(1);
  const reader = new TestReader();
  registry.setMeterProvider(new MeterProvider({ readers: [reader] }));
  expect(await reader.points("open")).toEqual([]);
  expect(await reader.points("stock")).toEqual([{ attributes: {}, value: 1 }]);
});

it("goes on in a new MeterProvider, with the sums it had", async () => {
  const registry = new MetricRegistry();
  const delivery = new InstrumentsDelivery(registry);
  const [first, second] = [new TestReader(), new TestReader()];
  delivery.bind(new MeterProvider({ readers: [first] }));
  registry.counter(orders).add(1, { currency: "EUR" });
  delivery.bind(new MeterProvider({ readers: [second] }));
  registry.counter(orders).add(1, { currency: "EUR" });
  registry.histogram(wait).record(1, { step: "pack" });
  expect(await second.points("orders")).toEqual([{ attributes: { currency: "EUR" }, value: 2 }]);
  expect(await second.points("wait")).toHaveLength(1);
  expect(await first.points("wait")).toEqual([]);
});

it("keeps a histogram's measurements between two providers", async () => {
  const registry = new MetricRegistry();
  const delivery = new InstrumentsDelivery(registry);
  delivery.bind(new MeterProvider({ readers: [new TestReader()] }));
  delivery.unbind();
  registry.histogram(wait).record(1, { step: "pack" });
  const reader = new TestReader();
  delivery.bind(new MeterProvider({ readers: [reader] }));
  expect(await reader.points("wait")).toHaveLength(1);
});

it("adds up at cumulative and delta readers, for any sequence of records and collections", async () => {
  const step = fc.oneof(
    fc.record({ add: fc.nat(1_000), currency: fc.constantFrom("EUR", "USD") }),
    fc.record({ wait: fc.nat(5) }),
    fc.constant("collect" as const),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const registry = new MetricRegistry();
      const cumulative = new TestReader();
      const delta = new TestReader(AggregationTemporality.DELTA);
      const expected = { EUR: 0, USD: 0, waits: 0 };
      const seen = { EUR: 0, USD: 0, waits: 0 };
      const collectDelta = async (): Promise<void> => {
        const { scopeMetrics } = (await delta.collect()).resourceMetrics;
        for (const metric of scopeMetrics.flatMap((scope) => scope.metrics)) {
          for (const { attributes, value } of metric.dataPoints) {
            if (metric.descriptor.name === "wait") seen.waits += (value as Histogram).count;
            if (metric.descriptor.name === "orders") {
              seen[attributes.currency as "EUR" | "USD"] += value as number;
            }
          }
        }
      };
      registry.setMeterProvider(new MeterProvider({ readers: [cumulative, delta] }));
      for (const action of steps) {
        if (action === "collect") await collectDelta();
        else if ("wait" in action) {
          registry.histogram(wait).record(action.wait, { step: "pack" });
          expected.waits++;
        } else {
          registry.counter(orders).add(action.add, { currency: action.currency });
          expected[action.currency] += action.add;
        }
      }
      await collectDelta();
      expect(seen).toEqual(expected);
      for (const { attributes, value } of await cumulative.points("orders")) {
        expect(value).toBe(expected[attributes.currency as "EUR" | "USD"]);
      }
      const [histogram] = await cumulative.points("wait");
      expect((histogram?.value as Histogram | undefined)?.count ?? 0).toBe(expected.waits);
    }),
    { numRuns: 50 },
  );
});
