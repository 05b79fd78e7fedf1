import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { expect, it } from "vitest";
import { MetricRegistry } from "../../src/metrics/registry.ts";
import { defineCounter } from "../../src/metrics/spec.ts";
import { TestReader } from "../metrics/collect.ts";
import { streamsFor } from "../metrics/streams-for.ts";

// The SDK keeps 2,000 series of an observable instrument, its own overflow series among them. A cap of
// ours at the same number let both overflow, and sums no longer added up.
it("adds up at the default cap, collection after collection, with one overflow series", async () => {
  const registry = new MetricRegistry();
  const reader = new TestReader();
  registry.setMeterProvider(new MeterProvider({ readers: [reader] }));
  const counter = registry.counter(
    defineCounter({ service: "0xa", id: "0x1", name: "many", help: "Many.", labels: ["n"] }),
  );
  for (let round = 1; round <= 3; round++) {
    for (let n = 0; n < 2_010; n++) counter.add(1, { n: `${n}` });
    const points = await reader.points("many");
    expect(points.reduce((sum, { value }) => sum + (value as number), 0)).toBe(2_010 * round);
    const overflow = points.filter(({ attributes }) => "otel.metric.overflow" in attributes);
    expect(overflow).toEqual([{ attributes: { "otel.metric.overflow": true }, value: 12 * round }]);
  }
});

it("tells attached readers by itself of a metric with more series than an SDK keeps apart", () => {
  const registry = new MetricRegistry({ delivery: "instruments" });
  const spec = { service: "0xa", id: "0x1", name: "x", help: "X.", labels: ["n"] } as const;
  const counter = registry.counter(defineCounter({ ...spec, maxSeries: 10_000 }));
  for (let n = 0; n < 5_000; n++) counter.add(1, { n: `${n}` });
  const [scope] = streamsFor(registry).collect(Date.now());
  expect(scope?.metrics[0]?.dataPoints).toHaveLength(5_000);
});
