import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { expect, it } from "vitest";
import {
  defineUpDownCounter,
  InstrumentsDelivery,
  MetricRegistry,
} from "../../src/metrics/index.ts";
import { ManualReader, sums } from "../http/harness.ts";

const spec = defineUpDownCounter({
  service: "0x1",
  id: "0x2",
  name: "test.open",
  help: "Open things.",
  labels: ["kind"],
});

it("adds what several registries report to one provider, and goes on when one of them leaves", async () => {
  const reader = new ManualReader();
  const provider = new MeterProvider({ readers: [reader] });
  const registries = [new MetricRegistry(), new MetricRegistry(), new MetricRegistry()];
  const deliveries = registries.map((registry) => new InstrumentsDelivery(registry));
  for (const [index, registry] of registries.entries()) {
    registry.upDownCounter(spec).add(10 ** index, { kind: "a" });
    deliveries[index]!.bind(provider);
  }
  registries[2]!.upDownCounter(spec).add(7, { kind: "b" });
  expect(await sums(reader, "test.open")).toEqual([
    { kind: "a", value: 111 },
    { kind: "b", value: 7 },
  ]);
  deliveries[1]!.unbind();
  registries[0]!.upDownCounter(spec).add(1, { kind: "a" });
  expect(await sums(reader, "test.open")).toEqual([
    { kind: "a", value: 102 },
    { kind: "b", value: 7 },
  ]);
});
