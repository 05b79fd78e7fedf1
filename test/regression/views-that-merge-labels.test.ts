import {
  AggregationTemporality,
  createAllowListAttributesProcessor,
  MeterProvider,
  type ViewOptions,
} from "@opentelemetry/sdk-metrics";
import { describe, expect, it } from "vitest";
import { MetricRegistry } from "../../src/metrics/registry.ts";
import {
  defineCounter,
  defineGauge,
  defineState,
  defineUpDownCounter,
} from "../../src/metrics/spec.ts";
import { RegistryStreams } from "../../src/metrics/streams/registry-streams.ts";
import { viewsOf } from "../../src/sdk/views.ts";
import { TestReader } from "../metrics/collect.ts";

const base = { service: "0xa", help: "For this test." } as const;
const labels = ["currency", "channel"] as const;
const orders = defineCounter({ ...base, id: "0x1", name: "orders", labels });
const active = defineUpDownCounter({ ...base, id: "0x2", name: "active", labels });
const level = defineGauge({ ...base, id: "0x3", name: "level", labels });
const state = defineState({ ...base, id: "0x4", name: "state", labels });
const byChannel = { attributesProcessors: [createAllowListAttributesProcessor(["channel"])] };
const CURRENCIES = ["EUR", "USD", "GBP"] as const;

interface Shop {
  readonly registry: MetricRegistry;
  /** The points of one metric: attributes and value. */
  points(name: string): Promise<[object, unknown][]>;
}

/** A registry, its delivery, and a reader under these views. */
function start(
  delivery: "auto" | "instruments",
  views: ViewOptions[],
  temporality: AggregationTemporality = AggregationTemporality.CUMULATIVE,
): Shop {
  const registry = new MetricRegistry({ delivery });
  const reader = new TestReader(temporality);
  const provider = new MeterProvider({ readers: [reader], views });
  const streams = new RegistryStreams(registry, { reader, views: () => viewsOf(provider) });
  if (delivery === "instruments") registry.setMeterProvider(provider);
  return {
    registry,
    async points(name) {
      const { scopeMetrics } = (await reader.collect()).resourceMetrics;
      return [...scopeMetrics, ...streams.collect(Date.now())]
        .flatMap(({ metrics }) => metrics)
        .filter(({ descriptor }) => descriptor.name === name)
        .flatMap(({ dataPoints }) => dataPoints)
        .map(({ attributes, value }) => [attributes, value]);
    },
  };
}

describe.each(["auto", "instruments"] as const)("with the delivery %s", (delivery) => {
  const view = [{ instrumentName: "*", ...byChannel }];

  it("a counter is the sum over the label that a view drops", async () => {
    const { registry, points } = start(delivery, view);
    [100, 20, 3].forEach((amount, index) =>
      registry.counter(orders).add(amount, { currency: CURRENCIES[index]!, channel: "web" }),
    );
    // 3 was exported.
    expect(await points("orders")).toEqual([[{ channel: "web" }, 123]]);
    registry.counter(orders).add(5, { currency: "EUR", channel: "web" });
    expect(await points("orders")).toEqual([[{ channel: "web" }, 128]]);
  });

  it("a delta reader gets what came since", async () => {
    const { registry, points } = start(delivery, view, AggregationTemporality.DELTA);
    [100, 20, 3].forEach((amount, index) =>
      registry.counter(orders).add(amount, { currency: CURRENCIES[index]!, channel: "web" }),
    );
    expect(await points("orders")).toEqual([[{ channel: "web" }, 123]]);
    registry.counter(orders).add(5, { currency: "USD", channel: "web" });
    expect(await points("orders")).toEqual([[{ channel: "web" }, 5]]);
  });

  it("an up-down counter, a gauge and a state are there", async () => {
    const { registry, points } = start(delivery, view);
    for (const currency of CURRENCIES) {
      registry.upDownCounter(active).add(2, { currency, channel: "web" });
      registry.gauge(level).set(currency.charCodeAt(0), { currency, channel: "web" });
    }
    registry.upDownCounter(active).add(1, { currency: "EUR", channel: "web" });
    registry.gauge(level).set(7, { currency: "EUR", channel: "web" });
    registry.state(state).set("open", { currency: "EUR", channel: "web" });
    expect(await points("active")).toEqual([[{ channel: "web" }, 7]]);
    // What was set last.
    expect(await points("level")).toEqual([[{ channel: "web" }, 7]]);
    expect(await points("state")).toEqual([[{ channel: "web" }, 1]]);
  });

  it("the others stay when one of several series is removed", async () => {
    const { registry, points } = start(delivery, view);
    for (const currency of CURRENCIES) {
      registry.counter(orders).add(1, { currency, channel: "web" });
    }
    expect(await points("orders")).toEqual([[{ channel: "web" }, 3]]);
    registry.counter(orders).remove({ currency: "EUR", channel: "web" });
    // The whole counter vanished.
    expect(await points("orders")).toEqual([[{ channel: "web" }, 3]]);
  });

  it("a view that only renames lets a state say one thing", async () => {
    const renamed = [{ instrumentName: "state", name: "renamed" }];
    const { registry, points } = start(delivery, renamed);
    const labelled = { currency: "EUR", channel: "web" };
    registry.state(state).set("open", labelled);
    await points("renamed");
    registry.state(state).set("closed", labelled);
    const isOn = (await points("renamed")).filter(([, value]) => value === 1);
    expect(isOn).toEqual([[{ ...labelled, state: "closed" }, 1]]);
  });
});

it("remove takes a renamed series away", async () => {
  const { registry, points } = start("auto", [{ instrumentName: "orders", name: "renamed" }]);
  registry.counter(orders).add(1, { currency: "EUR", channel: "web" });
  expect(await points("renamed")).toHaveLength(1);
  registry.counter(orders).remove({ currency: "EUR", channel: "web" });
  expect(await points("renamed")).toEqual([]);
});

it("values of a label that views drop take no memory", () => {
  const { registry } = start("auto", [{ instrumentName: "*", ...byChannel }]);
  const counter = registry.counter(orders);
  for (let n = 0; n < 5_000; n++) counter.add(1, { currency: `${n}`, channel: "web" });
  const { size } = registry.find("taskmon.service.a", "orders")!.series;
  expect(size).toBe(1);
  // The declared label is still asked for.
  counter.add(1, { channel: "web" } as never);
  expect(registry.find("taskmon.metrics", "taskmon.measurements.dropped")!.series.size).toBe(1);
});
