import {
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
  AggregationTemporality,
} from "@opentelemetry/sdk-metrics";
import { expect, it } from "vitest";
import { defineCounter, MetricRegistry } from "taskmon/metrics";
import { attachToTask, gateExporter, isHeld } from "taskmon/reader";
import { createTask } from "taskmon/task";
import { memoryAllocator } from "taskmon/task/memory";
import { manualClock } from "taskmon/testing";

const orders = defineCounter({ service: "0xa", id: "0x1", name: "orders", help: "Orders." });

it("exports under a task's number without a Taskmon object, and is held until there is one", async () => {
  const clock = manualClock();
  const task = createTask({
    target: { serviceName: "shop", hostName: "h" },
    allocator: memoryAllocator({ clock }),
    lease: { unnumberedHoldMs: Infinity },
    clock,
  });
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const metrics = new MetricRegistry();
  metrics.counter(orders).add(3);
  const reader = attachToTask(
    new PeriodicExportingMetricReader({ exporter: gateExporter(exporter) }),
    task,
    { metrics, clock, name: "alone" },
  );
  const provider = new MeterProvider({ readers: [reader] });
  expect(isHeld(reader)).toBe(true);
  await provider.forceFlush();
  expect(exporter.getMetrics()).toEqual([]);

  task.start();
  await expect.poll(() => task.number).toBe(0);
  expect(isHeld(reader)).toBe(false);
  await provider.forceFlush();
  const [exported] = exporter.getMetrics();
  expect(exported!.resource.attributes).toMatchObject({
    "service.name": "shop",
    "taskmon.task.number": 0,
  });
  const names = exported!.scopeMetrics.flatMap((scope) => scope.metrics);
  const own = names.find(({ descriptor }) => descriptor.name === "orders");
  expect(own?.dataPoints.map(({ value }) => value)).toEqual([3]);

  await provider.shutdown();
  await task.release();
  expect(task.state).toBe("released");
});

it("refuses what is no task, and a task without an allocator", () => {
  const reader = new PeriodicExportingMetricReader({
    exporter: new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE),
  });
  expect(() => attachToTask(reader, {} as never)).toThrow(/Option task must be/);
  expect(() => createTask({ target: { serviceName: "shop" } } as never)).toThrow(
    /Option allocator must be/,
  );
});
