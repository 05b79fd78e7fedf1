import { MeterProvider, MetricReader, type ViewOptions } from "@opentelemetry/sdk-metrics";
import { describe, expect, it } from "vitest";
import { MetricRegistry } from "../../src/metrics/registry.ts";
import { defineCounter } from "../../src/metrics/spec.ts";
import { RegistryStreams } from "../../src/metrics/streams/registry-streams.ts";
import { viewsOf } from "../../src/sdk/views.ts";

const spec = { service: "0xa", help: "For this test.", labels: ["n"] } as const;
const many = defineCounter({ ...spec, id: "0x1", name: "many" });

class LimitedReader extends MetricReader {
  constructor(limit: number | undefined) {
    super(limit === undefined ? {} : { cardinalitySelector: () => limit });
  }

  protected override async onShutdown(): Promise<void> {
    // Nothing is open.
  }

  protected override async onForceFlush(): Promise<void> {
    // Nothing is kept.
  }
}

interface Limited {
  readonly registry: MetricRegistry;
  points(): Promise<{ sum: number; series: number; overflow: number }>;
}

function start(delivery: "auto" | "instruments", views: ViewOptions[], limit?: number): Limited {
  const registry = new MetricRegistry({ delivery });
  const reader = new LimitedReader(limit);
  const provider = new MeterProvider({ readers: [reader], views });
  const streams = new RegistryStreams(registry, { reader, views: () => viewsOf(provider) });
  if (delivery === "instruments") registry.setMeterProvider(provider);
  return {
    registry,
    async points() {
      const { scopeMetrics } = (await reader.collect()).resourceMetrics;
      const found = [...scopeMetrics, ...streams.collect(Date.now())]
        .flatMap(({ metrics }) => metrics)
        .filter(({ descriptor }) => descriptor.name === "many")
        .flatMap(({ dataPoints }) => dataPoints);
      const overflow = found.filter(({ attributes }) => "otel.metric.overflow" in attributes);
      return {
        sum: found.reduce((sum, { value }) => sum + (value as number), 0),
        series: found.length,
        overflow: overflow.length,
      };
    },
  };
}

const limits = [
  ["a view", [{ instrumentName: "*", aggregationCardinalityLimit: 5 }], undefined],
  ["a reader", [], 5],
] as const;

describe.each(limits)("a limit of 5 from %s", (_, views, limit) => {
  it.each(["auto", "instruments"] as const)(
    "lets the series add up to what was recorded, collection after collection (%s)",
    async (delivery) => {
      const { registry, points } = start(delivery, [...views], limit);
      const counter = registry.counter(many);
      for (let round = 1; round <= 3; round++) {
        for (let n = 0; n < 10; n++) counter.add(1, { n: `${n}` });
        // A sum of 5 was exported.
        expect(await points()).toMatchObject({ sum: 10 * round, overflow: 1 });
      }
    },
  );

  it("holds: four series keep their places, the rest is one", async () => {
    const { registry, points } = start("auto", [...views], limit);
    const counter = registry.counter(many);
    for (let n = 0; n < 10; n++) counter.add(1, { n: `${n}` });
    expect(await points()).toEqual({ sum: 10, series: 5, overflow: 1 });
    counter.remove({ n: "0" });
    expect((await points()).series).toBe(4);
    counter.add(1, { n: "new" });
    expect(await points()).toEqual({ sum: 10, series: 5, overflow: 1 });
  });
});

it("15,000 measurements of 300 series under a limit of 50 are 15,000", async () => {
  const { registry, points } = start("auto", [
    { instrumentName: "*", aggregationCardinalityLimit: 50 },
  ]);
  for (let n = 0; n < 15_000; n++) registry.counter(many).add(1, { n: `${n % 300}` });
  expect(await points()).toEqual({ sum: 15_000, series: 50, overflow: 1 });
});

it("a spec that wants more series than a reader's default has them", async () => {
  const registry = new MetricRegistry();
  const streams = new RegistryStreams(registry, {
    reader: { selectCardinalityLimit: () => 2_000 },
    views: () => undefined,
  });
  const counter = registry.counter(
    defineCounter({ ...spec, id: "0x2", name: "more", maxSeries: 5_000 }),
  );
  for (let n = 0; n < 4_000; n++) counter.add(1, { n: `${n}` });
  expect(streams.collect(0)[0]?.metrics[0]?.dataPoints).toHaveLength(4_000);
});
