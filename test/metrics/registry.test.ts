import { diag, DiagLogLevel } from "@opentelemetry/api";
import { afterEach, describe, expect, it } from "vitest";
import { resolveIdentity } from "../../src/identity/identity.ts";
import { type DropReason, MeasurementError } from "../../src/metrics/drops.ts";
import type { NumberCell } from "../../src/metrics/number-metric.ts";
import { MetricRegistry } from "../../src/metrics/registry.ts";
import {
  defineCounter,
  defineGauge,
  defineHistogram,
  defineUpDownCounter,
} from "../../src/metrics/spec.ts";

const base = { service: "0xa", help: "Orders." } as const;
const orders = defineCounter({ ...base, id: "0x1", name: "shop.orders", labels: ["currency"] });
const stock = defineUpDownCounter({ ...base, id: "0x2", name: "shop.stock" });
const open = defineGauge({ ...base, id: "0x3", name: "shop.open" });
const wait = defineHistogram({ ...base, id: "0x4", name: "shop.wait", buckets: [1] });

afterEach(() => diag.disable());

function dropped(registry: MetricRegistry): Record<string, number> {
  const metric = registry.find("taskmon.metrics", "taskmon.measurements.dropped");
  const counts: Record<string, number> = {};
  for (const cell of metric!.series.cells()) {
    const { attributes, value } = cell as NumberCell;
    counts[attributes["taskmon.reason"] as DropReason] = value;
  }
  return counts;
}

it("gives the same handle for the same spec, also for one declared again", () => {
  const registry = new MetricRegistry();
  const handle = registry.counter(orders);
  expect(registry.counter(orders)).toBe(handle);
  const again = defineCounter({ ...base, id: "0x1", name: "shop.orders", labels: ["currency"] });
  expect(registry.counter(again)).toBe(handle);
});

it("refuses a spec that contradicts one of the same ids, naming both", () => {
  const registry = new MetricRegistry();
  registry.counter(orders);
  const other = defineGauge({ ...base, id: "0x1", name: "shop.customers" });
  expect(() => registry.gauge(other)).toThrow(
    /^gauge shop\.customers \(0xa\/0x1\) at \S+registry\.test\.ts:\d+:\d+ contradicts counter shop\.orders \(0xa\/0x1\) at \S+registry\.test\.ts:\d+:\d+, which is registered with the same ids$/,
  );
  const labels = defineCounter({ ...base, id: "0x1", name: "shop.orders", labels: ["channel"] });
  expect(() => registry.counter(labels)).toThrow("contradicts");
});

it("refuses a name used twice in a service, whatever its case", () => {
  const registry = new MetricRegistry();
  registry.counter(orders);
  const other = defineCounter({ ...base, id: "0x9", name: "Shop.Orders" });
  expect(() => registry.counter(other)).toThrow("which has the same name");
});

it("drops and counts what no series can take, by reason", () => {
  const registry = new MetricRegistry();
  const counter = registry.counter(orders);
  counter.add(1, { curency: "EUR" } as never);
  counter.add(-1, { currency: "EUR" });
  counter.add(Number.NaN, { currency: "EUR" });
  counter.add(Infinity, { currency: "EUR" });
  counter.add("1" as never, { currency: "EUR" });
  registry.gauge(open).set(Number.NaN);
  registry.histogram(wait).record(Infinity);
  registry.upDownCounter(stock).add(-Infinity);
  expect(dropped(registry)).toEqual({ wrong_labels: 1, negative: 1, not_finite: 6 });
});

it("lets an up-down counter shrink", () => {
  const registry = new MetricRegistry();
  registry.upDownCounter(stock).add(-5);
  expect(dropped(registry)).toEqual({});
});

it("drops what a bound handle of a wrong label set records", () => {
  const registry = new MetricRegistry();
  registry
    .counter(orders)
    .bind({} as never)
    .add(1);
  registry
    .histogram(wait)
    .bind({ a: 1 } as never)
    .record(1);
  // The bind itself and the record on it are each reported.
  expect(dropped(registry)).toEqual({ wrong_labels: 4 });
});

it("survives labels that throw when they are read", () => {
  const registry = new MetricRegistry();
  const labels = {
    get currency(): string {
      throw new Error("trap");
    },
  };
  expect(() => registry.counter(orders).add(1, labels)).not.toThrow();
  expect(dropped(registry)).toEqual({ wrong_labels: 1 });
});

it("counts what goes to the overflow series", () => {
  const registry = new MetricRegistry();
  const few = registry.counter(
    defineCounter({ ...base, id: "0x7", name: "few", labels: ["a"], maxSeries: 1 }),
  );
  few.add(1, { a: "1" });
  few.add(1, { a: "2" });
  few.add(1, { a: "3" });
  expect(dropped(registry)).toEqual({ overflow: 2 });
});

it("keeps a bounded number of a histogram's early measurements for an SDK's instrument", () => {
  const registry = new MetricRegistry({ delivery: "instruments" });
  const histogram = registry.histogram(wait);
  for (let count = 0; count < 10_003; count++) histogram.record(1);
  expect(dropped(registry)).toEqual({ early_limit: 3 });
});

it("reports each cause once to the diag logger", () => {
  const lines: string[] = [];
  const log = (...parts: unknown[]): unknown => lines.push(parts.join(" "));
  diag.setLogger(
    { error: log, warn: log, info: log, debug: log, verbose: log },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  const counter = new MetricRegistry().counter(orders);
  for (let count = 0; count < 3; count++) counter.add(-1, { currency: "EUR" });
  for (let count = 0; count < 3; count++) counter.add(1, { curency: "EUR" } as never);
  expect(lines).toEqual([
    "taskmon.metrics shop.orders (0xa/0x1) is a counter and cannot decrease, got -1; dropped (docs/metrics-from-specs.md)",
    'taskmon.metrics shop.orders (0xa/0x1) expects the labels {currency: string}, got {curency: "EUR"}; dropped (docs/metrics-from-specs.md)',
  ]);
});

it("throws into the caller in strict mode, but not for an overflow", () => {
  const registry = new MetricRegistry({ strict: true });
  const counter = registry.counter(orders);
  expect(() => counter.add(-1, { currency: "EUR" })).toThrow(MeasurementError);
  expect(() => counter.bind({} as never)).toThrow(/expects the labels/);
  const few = registry.counter(
    defineCounter({ ...base, id: "0x7", name: "few", labels: ["a"], maxSeries: 1 }),
  );
  few.add(1, { a: "1" });
  expect(() => few.add(1, { a: "2" })).not.toThrow();
});

it("tells of metrics that come and go, until told not to", () => {
  const registry = new MetricRegistry();
  const events: string[] = [];
  const stop = registry.listen({
    registered: ({ spec }) => events.push(`+${spec.name}`),
    unregistered: ({ spec }) => events.push(`-${spec.name}`),
  });
  registry.counter(orders);
  registry.counter(orders);
  expect(registry.unregister(orders)).toBe(true);
  expect(registry.unregister(orders)).toBe(false);
  stop();
  registry.gauge(open);
  expect(events).toEqual(["+shop.orders", "-shop.orders"]);
});

it("shows every metric's spec and number of series, as they were", () => {
  const registry = new MetricRegistry();
  const counter = registry.counter(orders);
  counter.add(1, { currency: "EUR" });
  const shown = registry.snapshot();
  counter.add(1, { currency: "USD" });
  expect(shown.map(({ spec, series }) => [spec.name, series])).toEqual([
    ["taskmon.measurements.dropped", 0],
    ["shop.orders", 1],
  ]);
});

describe("across services, in Prometheus", () => {
  const registry = new MetricRegistry();
  registry.counter(defineCounter({ ...base, id: "0x1", name: "queue.length" }));
  registry.histogram(wait);
  registry.gauge(defineGauge({ ...base, id: "0x6", name: "shop.level", unit: "m" }));
  const other = { service: "0xb", help: "Other." } as const;

  it("lets two services share a name where Prometheus can take them for one family", () => {
    expect(() =>
      registry.counter(defineCounter({ ...other, id: "0x1", name: "queue.length" })),
    ).not.toThrow();
  });

  it.each([
    [
      "another kind",
      () => registry.gauge(defineGauge({ ...other, id: "0x2", name: "shop_wait" })),
      "which is shop_wait in Prometheus too, with another kind, unit or buckets",
    ],
    [
      "other buckets",
      () =>
        registry.histogram(
          defineHistogram({ ...other, id: "0x3", name: "shop.wait", buckets: [2] }),
        ),
      "which is shop_wait in Prometheus too",
    ],
    [
      "another unit",
      () => registry.gauge(defineGauge({ ...other, id: "0x4", name: "shop.level", unit: "s" })),
      "which is shop_level in Prometheus too",
    ],
    [
      "a histogram's samples",
      () => registry.gauge(defineGauge({ ...other, id: "0x5", name: "shop.wait.count" })),
      "which has samples named shop_wait_count in Prometheus too",
    ],
  ])("refuses a name that stands for %s", (_, register, message) => {
    expect(register).toThrow(message);
  });
});

it("refuses a label that the constant labels have", () => {
  const identity = resolveIdentity(undefined, undefined, {});
  const registry = new MetricRegistry({ constantLabels: true, identity });
  expect(() =>
    registry.counter(defineCounter({ ...base, id: "0x1", name: "a", labels: ["release"] })),
  ).toThrow(
    "has the label release, which is one of the labels of every series (domain, app, svc, release",
  );
});
