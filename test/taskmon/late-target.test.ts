import { diag, DiagLogLevel } from "@opentelemetry/api";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { afterEach, expect, it, onTestFinished } from "vitest";
import { createTaskmon, memoryAllocator, type Taskmon, type TaskmonOptions } from "taskmon";
import { defineCounter } from "taskmon/metrics";
import { manualClock } from "taskmon/testing";

const orders = defineCounter({ service: "0xa", id: "0x1", name: "shop.orders", help: "Orders." });

afterEach(() => diag.disable());

let services = 0;
const name = (): string => `late-${services++}`;

function make(options: TaskmonOptions): Taskmon {
  const taskmon = createTaskmon({ allocator: memoryAllocator(), http: false, ...options });
  onTestFinished(() => taskmon.shutdown());
  return taskmon;
}

function attached(taskmon: Taskmon) {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = taskmon.attach(new PeriodicExportingMetricReader({ exporter }));
  const provider = new MeterProvider({ readers: [reader] });
  taskmon.setMeterProvider(provider);
  onTestFinished(() => provider.shutdown());
  return {
    async exported() {
      exporter.reset();
      await reader.forceFlush();
      const batch = exporter.getMetrics().at(-1);
      const metrics = batch?.scopeMetrics.flatMap((scope) => scope.metrics) ?? [];
      const own = metrics.find(({ descriptor }) => descriptor.name === "shop.orders");
      const [point] = own?.dataPoints ?? [];
      return {
        service: batch?.resource.attributes["service.name"],
        stream: batch?.resource.attributes["service.instance.id"],
        value: point?.value,
        startTime: point?.startTime,
      };
    },
  };
}

function diagLines(): string[] {
  const lines: string[] = [];
  const log = (...texts: unknown[]): void => void lines.push(texts.join(" "));
  diag.setLogger({ debug() {}, verbose() {}, info: log, warn: log, error: log }, DiagLogLevel.WARN);
  return lines;
}

it("asks for target and instance id when something begins, not at construction", async () => {
  const asked: string[] = [];
  const serviceName = name();
  const taskmon = make({
    target: () => (asked.push("target"), { serviceName }),
    instanceId: () => (asked.push("instanceId"), "one-of-many"),
    constantLabels: true,
  });
  taskmon.metrics.counter(orders).add(1);
  expect(asked).toEqual([]);
  taskmon.start();
  expect(asked.toSorted()).toEqual(["instanceId", "target"]);
  await expect.poll(() => taskmon.task.number).toBe(0);
  expect(taskmon.identity.instanceId).toBe("one-of-many");
  expect(taskmon.task.target.serviceName).toBe(serviceName);
  const { exported } = attached(taskmon);
  expect(await exported()).toMatchObject({ service: serviceName, value: 1 });
  taskmon.start();
  expect(asked).toHaveLength(2);
});

it.each(["attach", "setMeterProvider", "detect"] as const)("asks at the first %s", (door) => {
  let asked = 0;
  const serviceName = name();
  const taskmon = make({ target: () => (asked++, { serviceName }) });
  if (door === "attach") {
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = taskmon.attach(new PeriodicExportingMetricReader({ exporter }));
    onTestFinished(() => reader.shutdown());
  } else if (door === "setMeterProvider") {
    taskmon.setMeterProvider(new MeterProvider());
  } else {
    expect(taskmon.resourceDetector.detect().attributes).toMatchObject({
      "service.name": serviceName,
    });
  }
  expect(asked).toBe(1);
});

it("asks for the target again when it is turned on again, and begins new streams under it", async () => {
  const [first, second] = [name(), name()];
  let serviceName = first;
  const clock = manualClock();
  const taskmon = make({ target: () => ({ serviceName }), clock });
  const counter = taskmon.metrics.counter(orders);
  counter.add(2);
  const { exported } = attached(taskmon);
  await expect.poll(() => taskmon.task.number).toBe(0);
  const before = await exported();
  expect(before).toMatchObject({ service: first, value: 2 });

  taskmon.settings.update({ enabled: false });
  await expect.poll(() => taskmon.task.state).toBe("released");
  await clock.advance(1_000);
  serviceName = second;
  taskmon.settings.update({ enabled: true });
  await expect.poll(() => taskmon.task.number).toBe(0);
  expect(taskmon.task.target.serviceName).toBe(second);
  counter.add(3);
  const after = await exported();
  // What the first target's stream has is not in the second one's.
  expect(after).toMatchObject({ service: second, value: 3 });
  expect(after.stream).not.toBe(before.stream);
});

it("reports a target that cannot be known, holds nothing up, and asks again at the next start", async () => {
  const lines = diagLines();
  const serviceName = name();
  let isKnown = false;
  const taskmon = make({
    target() {
      if (!isKnown) throw new Error("the metadata service does not answer");
      return { serviceName };
    },
    lease: { unnumberedHoldMs: 0 },
  });
  taskmon.metrics.counter(orders).add(1);
  const { exported } = attached(taskmon);
  expect(await exported()).toMatchObject({ value: 1 });
  expect(taskmon.task.number).toBeUndefined();
  expect(lines.filter((line) => line.includes("metadata service"))).toHaveLength(1);
  expect(taskmon.status()).toMatchObject({ task: { target: undefined } });

  isKnown = true;
  taskmon.start();
  await expect.poll(() => taskmon.task.number).toBe(0);
  expect(await exported()).toMatchObject({ service: serviceName });
});

it("reports a target that another Taskmon object has, and leaves it to that one", async () => {
  const lines = diagLines();
  const serviceName = name();
  const target = { serviceName, hostName: "h" };
  const allocator = memoryAllocator();
  make({ target, allocator });
  const second = make({ target: () => target, allocator });
  second.start();
  expect(second.task.number).toBeUndefined();
  expect(lines.join()).toContain(
    `This process already has a Taskmon object for target ${serviceName}`,
  );
});

it("goes on under the known target where the function fails when it is turned on again", async () => {
  const lines = diagLines();
  const serviceName = name();
  let fails = false;
  const taskmon = make({
    target() {
      if (fails) throw new Error("gone");
      return { serviceName };
    },
  });
  taskmon.start();
  await expect.poll(() => taskmon.task.number).toBe(0);
  taskmon.settings.update({ enabled: false });
  await expect.poll(() => taskmon.task.state).toBe("released");
  fails = true;
  taskmon.settings.update({ enabled: true });
  await expect.poll(() => taskmon.task.state).toBe("held");
  expect(taskmon.task.target.serviceName).toBe(serviceName);
  expect(lines.join()).toContain("gone");
});

it("calls itself by a random id where the function of the instance id fails, and says so", () => {
  const lines = diagLines();
  const taskmon = make({ target: { serviceName: name() }, instanceId: () => 7 as never });
  const { instanceId } = taskmon.identity;
  expect(instanceId).toMatch(/^[0-9a-f-]{36}$/);
  expect(taskmon.identity.instanceId).toBe(instanceId);
  expect(taskmon.task.instanceId).toBe(instanceId);
  expect(lines.filter((line) => line.includes("instanceId"))).toHaveLength(1);
});
