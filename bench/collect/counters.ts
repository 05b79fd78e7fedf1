import type { Meter } from "@opentelemetry/api";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { Counter, Registry } from "prom-client";
import { defineCounter, MetricRegistry } from "taskmon/metrics";
import type { Contender, Group } from "../harness/contender.ts";
import { IdleReader } from "../idle-reader.ts";

/** An SDK's instrument keeps at most 2,000 series apart, so there are several. */
const METRICS = 10;
const SERIES = 10_000;

const names = Array.from({ length: METRICS }, (_, index) => `sales_${index}`);
const labels = ["shop", "till"] as const;
const sets = Array.from({ length: SERIES / METRICS }, (_, index) => ({
  shop: `shop-${Math.floor(index / 100)}`,
  till: `till-${index % 100}`,
}));

export function createGroup(): Group {
  return {
    name: `${SERIES.toLocaleString("en")} series of ${METRICS} counters, each added to since the last collection`,
    note: [
      "Taskmon and the SDK: reader.collect() of a cumulative reader, without export; Taskmon reports",
      "straight from its series, or through instruments of the SDK. prom-client:",
      "registry.getMetricsAsJSON(), which hands out the registry's own objects and copies nothing; its",
      "text format is left out like an export.",
    ].join("\n"),
    baseline: "sdk",
    unit: "ms",
    operations: 1,
    contenders: [taskmon(), taskmonInstruments(), sdk(), sdkObservable(), promClient()],
  };
}

function taskmon(): Contender {
  const registry = new MetricRegistry({ delivery: "auto" });
  const { reader } = createSdk(registry);
  const goals = [{ figure: "times faster", atLeast: 8 }];
  return { name: "taskmon", goals, ...taskmonRun(registry, reader) };
}

function taskmonInstruments(): Contender {
  const { reader, provider } = createSdk();
  const registry = new MetricRegistry();
  registry.setMeterProvider(provider);
  return { name: "taskmon, instruments", ...taskmonRun(registry, reader) };
}

function taskmonRun(registry: MetricRegistry, reader: IdleReader): Omit<Contender, "name"> {
  const counters = names.map((name, index) =>
    registry.counter(
      defineCounter({ service: "0xb", id: BigInt(index + 1), name, help: "Sales.", labels }),
    ),
  );
  return {
    before: () => counters.forEach((counter) => sets.forEach((set) => counter.add(1, set))),
    run: () => collectAll(reader),
  };
}

function sdk(): Contender {
  const { reader, meter } = createSdk();
  const counters = names.map((name) => meter.createCounter(name));
  return {
    name: "sdk",
    before: () => counters.forEach((counter) => sets.forEach((set) => counter.add(1, set))),
    run: () => collectAll(reader),
  };
}

function sdkObservable(): Contender {
  const { reader, meter } = createSdk();
  let sales = 0;
  for (const name of names) {
    meter.createObservableCounter(name).addCallback((result) => {
      for (const set of sets) result.observe(sales, set);
    });
  }
  return {
    name: "sdk, observable",
    before: () => (sales += 1),
    run: () => collectAll(reader),
  };
}

function promClient(): Contender {
  const registry = new Registry();
  const counters = names.map(
    (name) => new Counter({ name, help: "Sales.", labelNames: labels, registers: [registry] }),
  );
  return {
    name: "prom-client",
    before: () => counters.forEach((counter) => sets.forEach((set) => counter.inc(set))),
    run: async () => {
      const metrics = (await registry.getMetricsAsJSON()) as { values?: unknown[] }[];
      expectAll(metrics.flatMap(({ values }) => values ?? []));
    },
  };
}

function createSdk(registry?: MetricRegistry): {
  reader: IdleReader;
  provider: MeterProvider;
  meter: Meter;
} {
  const reader = new IdleReader(registry);
  const provider = new MeterProvider({ readers: [reader] });
  return { reader, provider, meter: provider.getMeter("bench") };
}

async function collectAll(reader: IdleReader): Promise<void> {
  const { resourceMetrics } = await reader.collect();
  const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
  expectAll(
    metrics
      .filter(({ descriptor }) => names.includes(descriptor.name))
      .flatMap(({ dataPoints }) => dataPoints as unknown[]),
  );
}

/** A collection that left series out would be fast, and prove nothing. */
function expectAll(points: readonly unknown[]): void {
  if (points.length === SERIES) return;
  throw new Error(`${SERIES} series were to be collected, and ${points.length} were`);
}
