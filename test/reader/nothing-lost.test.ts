import {
  AggregationTemporality,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { createTaskmon, memoryAllocator, type Taskmon } from "taskmon";
import { defineCounter, defineHistogram } from "taskmon/metrics";
import { describe, expect, it, onTestFinished } from "vitest";
import { ScriptedExporter, steppedClock } from "./harness.ts";

const base = { service: "0xa", help: "A thing." } as const;
const orders = defineCounter({ ...base, id: "0x1", name: "orders", labels: ["shop"] });
const waits = defineHistogram({ ...base, id: "0x2", name: "waits", buckets: [1, 2] });

const { CUMULATIVE, DELTA } = AggregationTemporality;

let services = 0;

/** A Taskmon object at a clock that the test moves, with its own counter and histogram. */
function start() {
  const clock = steppedClock();
  const taskmon = createTaskmon({
    target: { serviceName: `nothing-lost-${services++}`, hostName: "h" },
    allocator: memoryAllocator({ clock }),
    clock,
    http: false,
  });
  onTestFinished(async () => {
    await Promise.all([taskmon.shutdown({ timeoutMs: 0 }), clock.advance(60_000)]);
  });
  const handle = taskmon.metrics.counter(orders);
  const wait = taskmon.metrics.histogram(waits);
  return {
    ...{ clock, taskmon, handle },
    /** Records `count` orders, and as many waits. */
    record(count: number, shop = "a"): void {
      handle.add(count, { shop });
      for (let each = 0; each < count; each++) wait.record(0.5);
    },
  };
}

/** A reader of a provider of its own, which `taskmon` is handed. */
function join(taskmon: Taskmon, temporality: AggregationTemporality) {
  const exporter = new ScriptedExporter(temporality);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1e9 });
  const provider = new MeterProvider({ readers: [reader] });
  taskmon.setMeterProvider(provider);
  onTestFinished(() => provider.shutdown().catch(() => undefined));
  return {
    provider,
    /** What the receiver has of a metric, all of its streams together: values, or counts. */
    total(name: "orders" | "waits"): number {
      const streams = new Map<string, number>();
      for (const { resource, scopeMetrics } of exporter.batches) {
        const owner = String(resource.attributes["service.instance.id"]);
        for (const metric of scopeMetrics.flatMap(({ metrics }) => metrics)) {
          if (metric.descriptor.name !== name) continue;
          for (const { attributes, startTime, value } of metric.dataPoints) {
            const number = typeof value === "number" ? value : (value as { count: number }).count;
            const key = JSON.stringify([owner, attributes, startTime]);
            const before = temporality === DELTA ? (streams.get(key) ?? 0) : 0;
            streams.set(key, before + number);
          }
        }
      }
      return [...streams.values()].reduce((sum, each) => sum + each, 0);
    },
  };
}

describe.each([
  ["cumulative", CUMULATIVE],
  ["delta", DELTA],
])("to a receiver of %s streams", (_, temporality) => {
  it("brings what was recorded before there was a provider", async () => {
    const { taskmon, clock, record } = start();
    record(3);
    await clock.advance(1_000);
    const joined = join(taskmon, temporality);
    await clock.advance(1_000);
    record(2);
    await taskmon.flush.now();
    await clock.advance(1_000);
    record(4);
    await taskmon.flush.now();
    expect([joined.total("orders"), joined.total("waits")]).toEqual([9, 9]);
  });

  it("goes on when a provider takes the place of another, which ends later", async () => {
    const { taskmon, clock, record } = start();
    const first = join(taskmon, temporality);
    await clock.advance(1_000);
    record(3);
    await taskmon.flush.now();
    await clock.advance(1_000);
    record(2);
    const second = join(taskmon, temporality);
    await clock.advance(1_000);
    await first.provider.shutdown();
    expect(first.total("orders")).toBe(5);
    record(4);
    await clock.advance(1_000);
    await taskmon.flush.now();
    expect([second.total("orders"), second.total("waits")]).toEqual([9, 9]);
    expect(taskmon.readers.list).toHaveLength(1);
  });

  it("brings everything to a reader that joins late, beside one of the other temporality", async () => {
    const { taskmon, clock, record } = start();
    const early = join(taskmon, temporality === DELTA ? CUMULATIVE : DELTA);
    await clock.advance(1_000);
    record(3);
    await taskmon.flush.now();
    await clock.advance(1_000);
    const late = join(taskmon, temporality);
    record(2);
    await taskmon.flush.now();
    await clock.advance(1_000);
    record(1, "b");
    await taskmon.flush.now();
    for (const reader of [early, late]) {
      expect([reader.total("orders"), reader.total("waits")]).toEqual([6, 6]);
    }
  });

  it("brings both lives of a series that is removed between two collections", async () => {
    const { taskmon, clock, handle, record } = start();
    const joined = join(taskmon, temporality);
    await clock.advance(1_000);
    record(3);
    await taskmon.flush.now();
    await clock.advance(1_000);
    handle.remove({ shop: "a" });
    await clock.advance(1_000);
    record(8);
    await taskmon.flush.now();
    expect([joined.total("orders"), joined.total("waits")]).toEqual([11, 11]);
  });

  it("brings what was recorded while on, off and on again", async () => {
    const { taskmon, clock, record } = start();
    const joined = join(taskmon, temporality);
    await clock.advance(1_000);
    record(3);
    taskmon.settings.update({ enabled: false });
    await clock.advance(1_000);
    taskmon.settings.update({ enabled: true });
    await clock.advance(60_000);
    record(4);
    expect(await taskmon.flush.now()).toMatchObject({ complete: true });
    expect([joined.total("orders"), joined.total("waits")]).toEqual([7, 7]);
  });
});
