import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, inject, it } from "vitest";
import { snapshot } from "taskmon/dump";
import { type Counter, defineGauge, MetricRegistry } from "taskmon/metrics";
import { loadAndRegister, parseMetricSpecs } from "taskmon/metrics/files";

const TEXT = `
metrics:
  - { kind: counter, service: shop, name: shop.orders, help: Orders., labels: [currency] }
  - { kind: upDownCounter, service: shop, name: shop.carts, help: Carts. }
  - { kind: gauge, service: shop, name: shop.depth, help: Depth. }
  - { kind: histogram, service: shop, name: shop.wait, help: Wait., buckets: [1] }
  - { kind: exponentialHistogram, service: shop, name: shop.size, help: Size. }
  - { kind: state, service: shop, name: shop.mode, help: Mode. }
  - { kind: distribution, service: shop, name: shop.ages, help: Ages., buckets: [1] }
`;

function file(): string {
  const path = join(mkdtempSync(join(inject("testRun").folder, "specs-")), "metrics.yaml");
  writeFileSync(path, TEXT);
  return path;
}

it("registers every metric of a file, of whatever kind, and gives the handles by name", async () => {
  const registry = new MetricRegistry();
  const { handles, byName, specs } = await loadAndRegister(registry, file());
  expect(Object.keys(handles)).toEqual(Object.keys(byName));
  expect(handles["shop.mode"]).toBe(registry.state(byName["shop.mode"] as never));
  expect(specs.every((spec) => registry.has(spec))).toBe(true);
  (handles["shop.orders"] as Counter<unknown>).add(2, { currency: "EUR" });
  expect(snapshot(registry, { prefix: "shop.orders" })).toMatchObject([
    { series: [{ labels: { currency: "EUR" }, reading: { value: 2 } }] },
  ]);
});

it("lets a spec of which the compiler knows nothing be recorded to, and still checks its labels", () => {
  const registry = new MetricRegistry({ strict: true });
  const { byName } = parseMetricSpecs(TEXT);
  const spec = byName["shop.orders"]!;
  if (spec.kind !== "counter") throw new Error("it is a counter");
  const orders = registry.register(spec) as Counter<unknown>;
  orders.add(1, { currency: "EUR" });
  expect(() => orders.add(1, { coin: "EUR" })).toThrow(/currency/);
  expect(() => orders.add(1, { currency: 1 })).toThrow(/currency/);
});

it("registers none where one contradicts a metric that is there", async () => {
  const registry = new MetricRegistry();
  const wait = defineGauge({ service: "shop", name: "shop.wait", help: "Another." });
  registry.gauge(wait);
  const before = registry.snapshot().length;
  await expect(loadAndRegister(registry, file())).rejects.toThrow(
    expect.objectContaining({ code: "ERR_TASKMON_METRIC_CONFLICT" }) as Error,
  );
  expect(registry.snapshot()).toHaveLength(before);
  expect(registry.has(wait)).toBe(true);
});

it("keeps the metrics that were registered before", async () => {
  const registry = new MetricRegistry();
  const { specs } = parseMetricSpecs(TEXT);
  const before = registry.register(specs[0]!);
  const { handles } = await loadAndRegister(registry, file());
  expect(handles["shop.orders"]).toBe(before);
});
