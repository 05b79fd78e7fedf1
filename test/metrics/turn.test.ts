import { AggregationTemporality, MeterProvider } from "@opentelemetry/sdk-metrics";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { streamsFor } from "./streams-for.ts";
import { MetricRegistry } from "../../src/metrics/registry.ts";
import {
  defineCounter,
  defineDistribution,
  defineGauge,
  defineHistogram,
  defineState,
  defineUpDownCounter,
  type MetricSpec,
} from "../../src/metrics/spec.ts";
import { TestReader } from "./collect.ts";

const service = "0xe49214fa20b35ba8";
const help = "For this test.";
const orders = defineCounter({
  service,
  id: "0x1",
  name: "shop.orders",
  help,
  labels: ["currency"],
});
const total = defineCounter({ service, id: "0x7", name: "shop.total", help });
const stock = defineUpDownCounter({ service, id: "0x2", name: "shop.stock", help });
const level = defineGauge({ service, id: "0x3", name: "shop.level", help });
const wait = defineHistogram({ service, id: "0x4", name: "shop.wait", help, buckets: [0.5, 1] });
const state = defineState({ service, id: "0x5", name: "shop.state", help });
const ages = defineDistribution({ service, id: "0x6", name: "shop.ages", help, buckets: [10] });

const off = (): boolean => false;
const on = (): boolean => true;
const allBut =
  (name: string) =>
  (spec: MetricSpec): boolean =>
    spec.name !== name;

describe.each(["instruments", "auto"] as const)("under the delivery %s", (delivery) => {
  function start(): {
    registry: MetricRegistry;
    counts: () => Promise<Record<string, number | string>>;
  } {
    const registry = new MetricRegistry({ delivery });
    const reader = new TestReader(AggregationTemporality.DELTA, []);
    const provider = new MeterProvider({ readers: [reader] });
    if (delivery === "instruments") registry.setMeterProvider(provider);
    const producer = streamsFor(registry, () => 0);
    return {
      registry,
      /** What came in since the last time, by name. */
      async counts() {
        const { resourceMetrics } = await reader.collect();
        const found: Record<string, number | string> = {};
        for (const { metrics } of [...resourceMetrics.scopeMetrics, ...producer.collect(1)]) {
          for (const { descriptor, dataPoints } of metrics) {
            for (const { value } of dataPoints) {
              found[descriptor.name] =
                typeof value === "number" ? value : (value as { count: number }).count;
            }
          }
        }
        return found;
      },
    };
  }

  it("shows no reader a metric that is off, and goes on when it is on again", async () => {
    const { registry, counts } = start();
    const counter = registry.counter(total);
    const histogram = registry.histogram(wait);
    counter.add(1);
    histogram.record(0.2);
    expect(await counts()).toMatchObject({ "shop.total": 1, "shop.wait": 1 });

    registry.turn(off);
    expect(await counts()).toEqual({});
    counter.add(10);
    histogram.record(0.2);
    expect(await counts()).toEqual({});

    registry.turn(on);
    counter.add(100);
    histogram.record(0.2);
    histogram.record(0.3);
    expect(await counts()).toMatchObject({ "shop.total": 100, "shop.wait": 2 });
  });

  it("lets bound handles go off and on with their metric, also one bound while off", async () => {
    const { registry, counts } = start();
    const counter = registry.counter(orders);
    const early = counter.bind({ currency: "EUR" });
    early.add(1);
    expect(await counts()).toMatchObject({ "shop.orders": 1 });
    registry.turn(off);
    const late = counter.bind({ currency: "CHF" });
    early.add(2);
    late.add(2);
    registry.turn(on);
    expect((await counts())["shop.orders"] ?? 0).toBe(0);
    late.add(5);
    expect(await counts()).toMatchObject({ "shop.orders": 5 });
  });

  it("turns single metrics off, those that are registered later too", async () => {
    const { registry, counts } = start();
    registry.turn(allBut("shop.total"));
    registry.counter(total).add(3);
    registry.histogram(wait).record(1);
    const first = await counts();
    expect(first).toMatchObject({ "shop.wait": 1 });
    expect(first).not.toHaveProperty("shop.total");
    registry.turn(allBut("shop.wait"));
    registry.counter(total).add(4);
    registry.histogram(wait).record(1);
    const second = await counts();
    expect(second).toMatchObject({ "shop.total": 4 });
    expect(second).not.toHaveProperty("shop.wait");
  });

  it("keeps up with how things stand while it is off", async () => {
    const { registry, counts } = start();
    const items = registry.upDownCounter(stock);
    items.add(5);
    await counts();
    registry.turn(off);
    items.add(-2);
    registry.gauge(level).set(7);
    registry.state(state).set("open");
    registry.distribution(ages).set([1, 2, 3]);
    expect(await counts()).toEqual({});
    registry.turn(on);
    expect(await counts()).toMatchObject({
      "shop.stock": -2,
      "shop.level": 7,
      "shop.state": 1,
      "shop.ages": 3,
    });
  });

  it("forgets a series that is removed while it is off", async () => {
    const { registry, counts } = start();
    const counter = registry.counter(total);
    const histogram = registry.histogram(wait);
    counter.add(5);
    histogram.record(1);
    await counts();
    registry.turn(off);
    counter.clear();
    histogram.clear();
    registry.turn(on);
    counter.add(1);
    histogram.record(1);
    expect(await counts()).toMatchObject({ "shop.wait": 1 });
    expect([...registry.metrics()].find(({ spec }) => spec === total)?.series.size).toBe(1);
  });

  it("counts exactly what was measured while it was on, however often it is switched", async () => {
    const step = fc.oneof(
      fc.constant("switch" as const),
      fc.constant("collect" as const),
      fc.integer({ min: 0, max: 9 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { registry, counts } = start();
        const bound = registry.counter(orders).bind({ currency: "EUR" });
        const histogram = registry.histogram(wait);
        let isOn = true;
        const seen = { sum: 0, count: 0 };
        const expected = { sum: 0, count: 0 };
        const collect = async (): Promise<void> => {
          const found = await counts();
          seen.sum += Number(found["shop.orders"] ?? 0);
          seen.count += Number(found["shop.wait"] ?? 0);
        };
        for (const what of steps) {
          if (what === "switch") {
            isOn = !isOn;
            registry.turn(isOn ? on : off);
          } else if (what === "collect") await collect();
          else {
            bound.add(what);
            histogram.record(what);
            if (isOn) expected.sum += what;
            if (isOn) expected.count += 1;
          }
        }
        registry.turn(on);
        await collect();
        expect(seen).toEqual(expected);
      }),
      { numRuns: 100 },
    );
  });
});

it("tells deliveries of each switch once", () => {
  const registry = new MetricRegistry();
  registry.counter(total);
  const told: string[] = [];
  registry.listen({
    registered: ({ spec }) => told.push(`+${spec.name}`),
    unregistered: ({ spec }) => told.push(`-${spec.name}`),
  });
  registry.turn(allBut("shop.total"));
  registry.turn(allBut("shop.total"));
  registry.turn(on);
  expect(told).toEqual(["-shop.total", "+shop.total"]);
});
