import { PrometheusSerializer } from "@opentelemetry/exporter-prometheus";
import { emptyResource } from "@opentelemetry/resources";
import {
  type MetricProducer,
  MeterProvider,
  type ResourceMetrics,
  type ViewOptions,
} from "@opentelemetry/sdk-metrics";
import { describe, expect, it } from "vitest";
import { resolveIdentity } from "../../src/identity/identity.ts";
import { type FormOptions } from "../../src/metrics/form.ts";
import { CUMULATIVE } from "../../src/points/types.ts";
import { hexNaming } from "../../src/metrics/naming.ts";
import { streamsFor } from "./streams-for.ts";
import { MetricRegistry } from "../../src/metrics/registry.ts";
import {
  defineCounter,
  defineDistribution,
  defineGauge,
  defineHistogram,
  defineState,
  defineUpDownCounter,
} from "../../src/metrics/spec.ts";
import { TestReader } from "./collect.ts";

const service = "0xe49214fa20b35ba8";
const specs = {
  orders: defineCounter({
    service,
    id: "0xdb722ec1bb1b5766",
    name: "shop.orders",
    help: "Orders placed.",
    unit: "{order}",
    labels: ["currency"],
  }),
  stock: defineUpDownCounter({ service, id: "0x2", name: "shop.stock", help: "Items in stock." }),
  level: defineGauge({ service, id: "0x3", name: "shop.level", help: "Level.", unit: "m" }),
  wait: defineHistogram({
    service,
    id: "0x4",
    name: "shop.wait",
    help: "Wait.",
    unit: "s",
    labels: { step: "string", priority: "int?" },
    buckets: [0.5, 1],
  }),
  state: defineState({ service, id: "0x5", name: "shop.state", help: "State.", labels: ["shop"] }),
  ages: defineDistribution({ service, id: "0x6", name: "shop.ages", help: "Ages.", buckets: [10] }),
};

const identity = resolveIdentity({ domain: "0xd0", app: "0xa0", release: "0xe0" }, "run-1", {});
const hex: FormOptions = { naming: hexNaming("op"), constantLabels: true };

function register(registry: MetricRegistry): void {
  registry.counter(specs.orders);
  registry.upDownCounter(specs.stock);
  registry.gauge(specs.level);
  registry.histogram(specs.wait);
  registry.state(specs.state);
  registry.distribution(specs.ages);
}

function recordAll(registry: MetricRegistry): void {
  registry.counter(specs.orders).add(3, { currency: "EUR" });
  registry.counter(specs.orders).add(1, { currency: 'a"b\\c\nd' });
  registry.upDownCounter(specs.stock).add(-2);
  registry.gauge(specs.level).set(1.5);
  registry.histogram(specs.wait).record(0.5, { step: "pack", priority: 1 });
  registry.histogram(specs.wait).record(7, { step: "pack" });
  registry.state(specs.state).set("open", { shop: "north" });
  registry.state(specs.state).set("closed", { shop: "north" });
  registry.distribution(specs.ages).set([5, 50]);
}

function expose(resourceMetrics: ResourceMetrics): string {
  return new PrometheusSerializer().serialize(resourceMetrics);
}

interface Setup {
  readonly form?: FormOptions;
  readonly delivery: "auto" | "instruments";
  /** When specs are registered: before the views are read, or after the SDK was started. */
  readonly order: "early" | "late";
  readonly views?: ViewOptions[];
}

/** A reader's exposition of the same records in one of the ways in which they can reach it. */
async function exposition({ form, delivery, order, views: theirs = [] }: Setup): Promise<string> {
  const registry = new MetricRegistry({ delivery, ...form, identity });
  const views = registry.views;
  if (order === "early") {
    register(registry);
    recordAll(registry);
  }
  const producer = streamsFor(registry, () => CUMULATIVE);
  const ours: MetricProducer = {
    collect: async () => ({
      resourceMetrics: {
        resource: emptyResource(),
        scopeMetrics: producer.collect(Date.now()) as ResourceMetrics["scopeMetrics"],
      },
      errors: [],
    }),
  };
  const reader = new TestReader(CUMULATIVE, [ours]);
  const provider = new MeterProvider({
    readers: [reader],
    views: [...views.read(), ...theirs],
  });
  if (delivery === "instruments") registry.setMeterProvider(provider);
  if (order === "late") {
    register(registry);
    recordAll(registry);
  }
  const { resourceMetrics, errors } = await reader.collect();
  expect(errors).toEqual([]);
  return expose(resourceMetrics);
}

/**
 * The exposition of our metrics with its families in one order: the two deliveries report what
 * instruments cannot do apart from the rest.
 */
function inOrder(text: string): string {
  const families = text.trim().split(/\n(?=# HELP)/);
  return `${families
    .map((family) => family.trim().replaceAll(identity.instance.toString(16), "INSTANCE"))
    .filter((family) => !family.includes(" target_info "))
    .toSorted()
    .join("\n\n")}\n`;
}

describe.each([
  ["as specified", {}, "as-specified.prom"],
  ["in the original's convention", hex, "original.prom"],
] as const)("%s", (_, form, file) => {
  it.each([
    ["instruments", "early"],
    ["instruments", "late"],
    ["auto", "early"],
    ["auto", "late"],
  ] as const)(
    "has the exposition of the golden file by %s, registered %s",
    async (delivery, order) => {
      const text = await exposition({ form, delivery, order });
      await expect(inOrder(text)).toMatchFileSnapshot(`golden/${file}`);
    },
  );
});

it("reads one exact view for each spec that needs one, and none where nothing changes", () => {
  const plain = new MetricRegistry();
  register(plain);
  expect(plain.views.read()).toEqual([]);
  const registry = new MetricRegistry({ ...hex, identity });
  register(registry);
  const views = registry.views.read();
  const instruments = views.map(
    ({ meterName, instrumentName }) => `${meterName}/${instrumentName}`,
  );
  expect(new Set(instruments).size).toBe(instruments.length);
  expect(instruments.some((name) => name.includes("*"))).toBe(false);
  // The distribution has no instrument, and the registry's own counter is there too.
  expect(instruments).toHaveLength(6);
});

it("counts once beside a catch-all view of the user's", async () => {
  const catchAll: ViewOptions = { instrumentName: "*", attributesProcessors: [] };
  const plain = await exposition({ delivery: "instruments", order: "early", views: [catchAll] });
  expect(plain).toContain('shop_orders_total{currency="EUR",otel_scope_name=');
  expect(plain).toMatch(/^shop_orders_total\{currency="EUR".*\} 3$/m);
  const named = await exposition({
    form: hex,
    delivery: "instruments",
    order: "early",
    views: [catchAll],
  });
  expect(named).toMatch(/^op_e49214fa20b35ba8_db722ec1bb1b5766_total\{currency="EUR".*\} 3$/m);
});
