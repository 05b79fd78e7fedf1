import { metrics } from "@opentelemetry/api";
import { PrometheusExporter } from "@opentelemetry/exporter-prometheus";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
  type ResourceMetrics,
} from "@opentelemetry/sdk-metrics";
import { channel } from "node:diagnostics_channel";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createTaskmon, memoryAllocator, type TaskmonOptions } from "taskmon";
import { defineCounter, defineHistogram } from "taskmon/metrics";
import type { TaskNumAllocator } from "taskmon/task";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import type { Taskmon } from "../../src/taskmon/taskmon.ts";

const service = "0xa";
const orders = defineCounter({ service, id: "0x1", name: "shop.orders", help: "Orders." });
const waits = defineHistogram({
  service,
  id: "0x2",
  name: "shop.wait",
  help: "Wait.",
  unit: "s",
  buckets: [1],
});

afterEach(() => {
  metrics.disable();
  vi.unstubAllEnvs();
});

let targets = 0;
function make(options: TaskmonOptions = {}): Taskmon {
  const taskmon = createTaskmon({
    target: { serviceName: `switched-${targets++}`, jobName: "web", hostName: "h1" },
    allocator: memoryAllocator(),
    ...options,
  });
  onTestFinished(() => taskmon.shutdown());
  return taskmon;
}

interface Pushed {
  readonly reader: PeriodicExportingMetricReader;
  readonly provider: MeterProvider;
  /** What a flush exports now; undefined where it exports nothing. */
  next(): Promise<ResourceMetrics | undefined>;
}

/** An attached push reader with a provider that Taskmon knows. */
function pushing(
  taskmon: Taskmon,
  temporality: AggregationTemporality = AggregationTemporality.CUMULATIVE,
): Pushed {
  const exporter = new InMemoryMetricExporter(temporality);
  const reader = taskmon.attach(new PeriodicExportingMetricReader({ exporter }));
  const provider = new MeterProvider({ readers: [reader] });
  taskmon.setMeterProvider(provider);
  return {
    reader,
    provider,
    async next() {
      exporter.reset();
      await reader.forceFlush();
      return exporter.getMetrics().at(-1);
    },
  };
}

/** The first value of each metric; of a histogram its count. */
function valuesOf(exported: ResourceMetrics | undefined): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const { metrics: all } of exported?.scopeMetrics ?? []) {
    for (const { descriptor, dataPoints } of all) {
      const value = dataPoints[0]?.value as number | { count: number } | undefined;
      found[descriptor.name] = typeof value === "object" ? value.count : value;
    }
  }
  return found;
}

/** Every name of ours in an exposition or an export. */
function ours(exported: ResourceMetrics | undefined): string[] {
  return Object.keys(valuesOf(exported)).filter((name) =>
    /^(taskmon|shop|http|process)\./.test(name),
  );
}

describe.each(["instruments", "auto"] as const)("delivered by %s", (delivery) => {
  it("is taken out when it is turned off, and leaves others' metrics as they are", async () => {
    const taskmon = make({ delivery });
    const { provider, next } = pushing(taskmon);
    const theirs = provider.getMeter("theirs").createCounter("theirs");
    const counter = taskmon.metrics.counter(orders);
    theirs.add(5);
    counter.add(1);
    await taskmon.task.settled();
    expect((await next())?.resource.attributes).toHaveProperty("taskmon.task.number", 0);

    taskmon.settings.update({ enabled: false });
    theirs.add(1);
    counter.add(10);
    const off = await next();
    expect(valuesOf(off)).toMatchObject({ theirs: 6 });
    expect(ours(off)).toEqual([]);
    expect(off?.resource.attributes).not.toHaveProperty("taskmon.task.number");
    await vi.waitFor(() => expect(taskmon.task.state).toBe("released"), 20_000);

    taskmon.settings.update({ enabled: true });
    counter.add(100);
    taskmon.metrics.histogram(waits).record(1);
    await vi.waitFor(() => expect(taskmon.task.state).toBe("held"), 20_000);
    const on = await next();
    // The number that was handed back rests for a while.
    expect(on?.resource.attributes).toHaveProperty("taskmon.task.number", 1);
    expect(valuesOf(on)).toMatchObject({ "shop.orders": 100, "shop.wait": 1, "taskmon.up": 1 });
  });

  it("loses nothing that was measured while it was on, and counts nothing twice", async () => {
    const taskmon = make({ delivery });
    const { provider, next } = pushing(taskmon, AggregationTemporality.DELTA);
    const theirs = provider.getMeter("theirs").createCounter("theirs");
    const counter = taskmon.metrics.counter(orders);
    const seen = { theirs: 0, ours: 0 };
    const collect = async (): Promise<void> => {
      const values = valuesOf(await next());
      seen.theirs += Number(values["theirs"] ?? 0);
      seen.ours += Number(values["shop.orders"] ?? 0);
    };
    const use = (): void => {
      theirs.add(1);
      counter.add(1);
    };
    await taskmon.task.settled();
    for (let round = 0; round < 3; round++) {
      use();
      await collect();
      use();
      taskmon.settings.update({ enabled: false });
      use();
      await collect();
      use();
      taskmon.settings.update({ enabled: true });
      await vi.waitFor(() => expect(taskmon.task.state).toBe("held"), 20_000);
      use();
    }
    await collect();
    // Five of each a round, of which two were measured while ours were off.
    expect(seen).toEqual({ theirs: 15, ours: 9 });
  });
});

it("takes every listener away when it is turned off, and hears requests again when it is on", async () => {
  const taskmon = make();
  const { next } = pushing(taskmon);
  const server = createServer((_, response) => response.end("hello"));
  await once(server.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => void server.close());
  const ask = async (): Promise<void> => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    await (await fetch(url, { headers: { connection: "close" } })).text();
  };
  const channels = [
    "http.server.request.start",
    "http.client.request.created",
    "undici:request:create",
  ];
  const heard = (): string[] => channels.filter((name) => channel(name).hasSubscribers);
  expect(heard()).toEqual(channels);
  await ask();
  await taskmon.task.settled();
  taskmon.settings.update({ enabled: false });
  expect(heard()).toEqual([]);
  await ask();
  taskmon.settings.update({ enabled: true });
  expect(heard()).toEqual(channels);
  await ask();
  await vi.waitFor(() => expect(taskmon.task.state).toBe("held"), 20_000);
  await vi.waitFor(
    async () => expect(valuesOf(await next())).toMatchObject({ "http.server.request.duration": 2 }),
    20_000,
  );
});

it("gives the number to another process while it is off", async () => {
  const allocator = memoryAllocator();
  const target = { serviceName: "shared", jobName: "web", hostName: "h1" };
  const first = make({ allocator, target, lease: { quarantineMs: 0 } });
  first.start();
  await first.task.settled();
  expect(first.task.number).toBe(0);
  first.settings.update({ enabled: false });
  await vi.waitFor(() => expect(first.task.state).toBe("released"), 20_000);
  const answer = await allocator.notifyTaskIsAlive(
    first.task.target,
    "another",
    { seq: 1, holdMs: 60_000, leaseMs: 30_000, maxTasks: 10 },
    { signal: new AbortController().signal },
  );
  expect(answer).toMatchObject({ kind: "granted", num: 0 });
  first.settings.update({ enabled: true });
  await vi.waitFor(() => expect(first.task.number).toBe(1), 20_000);
});

it("holds nobody's metrics hostage while it is off and no allocator answers", async () => {
  const silent: TaskNumAllocator = {
    name: "silent",
    scope: "host",
    notifyTaskIsAlive: () => new Promise(() => undefined),
    release: async () => true,
  };
  const taskmon = make({
    allocator: silent,
    lease: { requestTimeoutMs: 50, unnumberedHoldMs: Infinity },
  });
  const { provider, next } = pushing(taskmon);
  provider.getMeter("theirs").createCounter("theirs").add(5);
  expect(await next()).toBeUndefined();
  taskmon.settings.update({ enabled: false });
  expect(valuesOf(await next())).toEqual({ theirs: 5 });
});

it("begins nothing where the environment turns it off", async () => {
  vi.stubEnv("TASKMON_ENABLED", "false");
  const asked = vi.fn<TaskNumAllocator["notifyTaskIsAlive"]>();
  const taskmon = make({ allocator: { ...memoryAllocator(), notifyTaskIsAlive: asked } });
  const { provider, next } = pushing(taskmon);
  provider.getMeter("theirs").createCounter("theirs").add(5);
  taskmon.metrics.counter(orders).add(1);
  expect(valuesOf(await next())).toEqual({ theirs: 5 });
  expect(asked).not.toHaveBeenCalled();
  expect(channel("http.server.request.start").hasSubscribers).toBe(false);
});

it("turns single metrics off and on", async () => {
  const taskmon = make({ settings: { metrics: { "shop.orders": { enabled: false } } } });
  const { next } = pushing(taskmon);
  taskmon.metrics.counter(orders).add(1);
  taskmon.metrics.histogram(waits).record(1);
  await taskmon.task.settled();
  const first = valuesOf(await next());
  expect(first).toMatchObject({ "shop.wait": 1 });
  expect(first).not.toHaveProperty(["shop.orders"]);
  taskmon.settings.update({ metrics: { "shop.orders": { enabled: true } } });
  taskmon.metrics.counter(orders).add(2);
  expect(valuesOf(await next())).toMatchObject({ "shop.orders": 2, "shop.wait": 1 });
});

it("measures the runtime when the settings say so, and no longer when they do not", async () => {
  const taskmon = make();
  const { next } = pushing(taskmon);
  await taskmon.task.settled();
  expect(valuesOf(await next())).not.toHaveProperty(["v8js.memory.heap.used"]);
  taskmon.settings.update({ runtime: true });
  await vi.waitFor(
    async () => expect(valuesOf(await next())).toHaveProperty(["v8js.memory.heap.used"]),
    20_000,
  );
});

it("follows a MeterProvider that replaces another", async () => {
  const taskmon = make();
  const before = pushing(taskmon);
  const counter = taskmon.metrics.counter(orders);
  counter.add(1);
  await taskmon.task.settled();
  expect(valuesOf(await before.next())).toMatchObject({ "shop.orders": 1 });
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = taskmon.attach(new PeriodicExportingMetricReader({ exporter }));
  const after = new MeterProvider({ readers: [reader] });
  taskmon.setMeterProvider(after);
  await before.provider.shutdown();
  counter.add(1);
  await reader.forceFlush();
  expect(valuesOf(exporter.getMetrics().at(-1))).toMatchObject({ "shop.orders": 2 });
  expect(taskmon.task.state).toBe("held");
});

it("answers scrapes without its own metrics while it is off", async () => {
  const taskmon = make();
  const pull = taskmon.attach(new PrometheusExporter({ preventServerStart: true }), { hold: true });
  const provider = new MeterProvider({ readers: [pull] });
  taskmon.setMeterProvider(provider);
  provider.getMeter("theirs").createCounter("theirs").add(5);
  await taskmon.task.settled();
  taskmon.settings.update({ enabled: false });
  expect(taskmon.readers.isHeld(pull)).toBe(false);
  const { resourceMetrics } = await pull.collect();
  expect(valuesOf(resourceMetrics)).toEqual({ theirs: 5 });
});

it("flushes inside requests while it is on, and never after its end", async () => {
  const taskmon = make();
  const { provider } = pushing(taskmon);
  await taskmon.task.settled();
  expect(taskmon.flush.isDue).toBe(true);
  expect(await taskmon.flush.ifDue()).toBe("flushed");
  expect(await taskmon.flush.ifDue()).toBe("not_due");
  taskmon.settings.update({ enabled: false });
  expect(await taskmon.flush.ifDue()).toBe("off");
  taskmon.settings.update({ enabled: true });
  expect(taskmon.flush.isDue).toBe(true);
  await taskmon.shutdown();
  expect(taskmon.flush.isDue).toBe(false);
  expect(await taskmon.flush.ifDue()).toBe("off");
  await provider.shutdown();
});

describe("at a desk", () => {
  it("asks no allocator, sends nothing, and answers scrapes", async () => {
    const asked = vi.fn<TaskNumAllocator["notifyTaskIsAlive"]>();
    const taskmon = make({
      devMode: true,
      allocator: { ...memoryAllocator(), notifyTaskIsAlive: asked },
    });
    const { next } = pushing(taskmon);
    const pull = taskmon.attach(new PrometheusExporter({ preventServerStart: true }));
    taskmon.setMeterProvider(new MeterProvider({ readers: [pull] }));
    taskmon.metrics.counter(orders).add(3);
    taskmon.metrics.histogram(waits).record(0.5);
    expect(await next()).toBeUndefined();
    expect(await taskmon.flush.ifDue()).toBe("off");
    const { resourceMetrics } = await pull.collect();
    expect(valuesOf(resourceMetrics)).toMatchObject({ "shop.orders": 3, "shop.wait": 1 });
    expect(taskmon.dump({ prefix: "shop." })).toContain("shop.wait");
    expect(asked).not.toHaveBeenCalled();
    expect(taskmon.task.state).toBe("unassigned");
  });
});
