import { metrics } from "@opentelemetry/api";
import { PrometheusExporter } from "@opentelemetry/exporter-prometheus";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { channel } from "node:diagnostics_channel";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import {
  createTaskmon,
  memoryAllocator,
  type TaskmonOptions,
  type TaskNumAllocator,
} from "taskmon";
import { exportsCheck, leaseCheck } from "taskmon/health";
import { defineCounter, hexNaming } from "taskmon/metrics";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import type { Taskmon } from "../../src/taskmon/taskmon.ts";

const orders = defineCounter({
  service: "0xa",
  id: "0x1",
  name: "shop.orders",
  help: "Orders.",
  labels: ["currency"],
});

afterEach(() => metrics.disable());

let targets = 0;
function make(options: TaskmonOptions = {}): Taskmon {
  const taskmon = createTaskmon({
    target: { serviceName: `checkout-${targets++}`, jobName: "web", hostName: "h1" },
    allocator: memoryAllocator(),
    ...options,
  });
  onTestFinished(() => taskmon.shutdown());
  return taskmon;
}

function push(): { reader: PeriodicExportingMetricReader; exporter: InMemoryMetricExporter } {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  return { exporter, reader: new PeriodicExportingMetricReader({ exporter }) };
}

/** Every exported data point of one metric. */
function points(exporter: InMemoryMetricExporter, name: string): unknown[] {
  return exporter
    .getMetrics()
    .flatMap(({ scopeMetrics }) => scopeMetrics)
    .flatMap((scope) => scope.metrics)
    .filter(({ descriptor }) => descriptor.name === name)
    .flatMap(({ dataPoints }) =>
      dataPoints.map(({ attributes, value }) => ({ attributes, value })),
    );
}

it("exports through NodeSDK under the number that it leased, and hands it back at the end", async () => {
  const allocator = memoryAllocator();
  const taskmon = make({ allocator, identity: { namespace: "shop", version: "1.2.3" } });
  taskmon.metrics.counter(orders).add(2, { currency: "EUR" });
  const { reader, exporter } = push();
  const sdk = new NodeSDK({
    resourceDetectors: [taskmon.resourceDetector],
    instrumentations: [taskmon],
    metricReaders: [taskmon.attach(reader)],
  });
  sdk.start();
  taskmon.metrics.counter(orders).add(1, { currency: "EUR" });
  await sdk.shutdown();

  expect(points(exporter, "shop.orders")).toEqual([{ attributes: { currency: "EUR" }, value: 3 }]);
  expect(points(exporter, "taskmon.task.number")).toEqual([{ attributes: {}, value: 0 }]);
  const attributes = exporter.getMetrics()[0]?.resource.attributes;
  expect(attributes).toMatchObject({
    "service.name": taskmon.task.target.serviceName,
    "service.namespace": "shop",
    "service.version": "1.2.3",
    "taskmon.job.name": "web",
    "host.name": "h1",
    "taskmon.task.number": 0,
  });
  expect(attributes?.["service.instance.id"]).not.toBe(taskmon.identity.instanceId);
  expect(taskmon.task.state).toBe("released");
});

it("counts real requests under the leased number, for push and pull readers at once", async () => {
  const taskmon = make();
  const { reader, exporter } = push();
  const pull = new PrometheusExporter({ preventServerStart: true });
  const sdk = new NodeSDK({
    resourceDetectors: [taskmon.resourceDetector],
    instrumentations: [taskmon],
    metricReaders: [taskmon.attach(reader), taskmon.attach(pull)],
  });
  sdk.start();
  const server = createServer((_, response) => response.end("hello"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  for (let count = 0; count < 3; count++) await (await fetch(url)).text();

  await taskmon.flush.now();
  expect(points(exporter, "http.server.request.duration")).toMatchObject([{ value: { count: 3 } }]);
  const scraped = (await pull.collect()).resourceMetrics;
  expect(scraped.resource.attributes).toMatchObject({ "taskmon.task.number": 0 });
  await sdk.shutdown();
});

it("says that it is up, and for how long", async () => {
  const taskmon = make();
  const { reader, exporter } = push();
  const sdk = new NodeSDK({ instrumentations: [taskmon], metricReaders: [taskmon.attach(reader)] });
  sdk.start();
  await sdk.shutdown();
  expect(points(exporter, "taskmon.up")).toEqual([{ attributes: {}, value: 1 }]);
  expect(points(exporter, "process.uptime")).toEqual([
    { attributes: {}, value: expect.any(Number) as number },
  ]);
});

describe.each(["instruments", "auto"] as const)(
  "in the original's convention by %s",
  (delivery) => {
    it("exports early and late metrics under hex names with the constant labels", async () => {
      const taskmon = make({
        delivery,
        naming: hexNaming("op"),
        constantLabels: true,
        identity: { domain: "0xd", app: "0xa", release: "0xe" },
      });
      taskmon.metrics.counter(orders).add(1, { currency: "EUR" });
      const { reader, exporter } = push();
      const sdk = new NodeSDK({
        instrumentations: [taskmon],
        views: taskmon.views,
        metricReaders: [taskmon.attach(reader)],
      });
      sdk.start();
      const late = defineCounter({ service: "0xa", id: "0x2", name: "late", help: "Late." });
      taskmon.metrics.counter(late).add(2);
      await sdk.shutdown();
      const constants = {
        domain: "d",
        app: "a",
        release: "e",
        svc: "a",
        instance: taskmon.identity.instance.toString(16),
      };
      expect(points(exporter, "op_a_1")).toEqual([
        { attributes: { currency: "EUR", ...constants }, value: 1 },
      ]);
      expect(points(exporter, "op_a_2")).toEqual([{ attributes: constants, value: 2 }]);
      expect(points(exporter, "shop.orders")).toEqual([]);
    });
  },
);

it("knows its lease and its readers' exports, for ready-made health checks", async () => {
  const taskmon = make();
  const { reader } = push();
  const pull = new PrometheusExporter({ preventServerStart: true });
  const sdk = new NodeSDK({
    instrumentations: [taskmon],
    metricReaders: [taskmon.attach(reader), taskmon.attach(pull)],
  });
  sdk.start();
  const exported = exportsCheck(() => taskmon.readers.list);
  const leased = leaseCheck(taskmon.task);
  const context = { signal: new AbortController().signal };
  expect(await exported(context)).toMatchObject({ status: "warn" });
  await taskmon.task.settled();
  await taskmon.flush.now();
  await pull.collect();
  expect(taskmon.readers.list).toMatchObject([
    {
      name: "PeriodicExportingMetricReader",
      kind: "push",
      lastSuccessAgeMs: expect.any(Number) as number,
    },
    { name: "PrometheusExporter", kind: "pull", lastSuccessAgeMs: expect.any(Number) as number },
  ]);
  expect(await exported(context)).toMatchObject({ status: "pass" });
  expect(await leased(context)).toMatchObject({ status: "pass" });
  await sdk.shutdown();
  expect(await leased(context)).toMatchObject({ status: "warn" });
});

describe("two processes of one target", () => {
  it("get different numbers, and a newcomer the one that was handed back", async () => {
    const allocator = memoryAllocator();
    const lease = { quarantineMs: 0 };
    const target = { serviceName: "mail", hostName: "h1" };
    // One process may have one Taskmon for a target only; regions keep these apart in the process,
    // while the allocator is asked for one and the same target.
    const shared: TaskmonOptions["allocator"] = {
      name: "shared",
      scope: "fleet",
      notifyTaskIsAlive: (given, ...rest) =>
        allocator.notifyTaskIsAlive({ ...given, region: "one" }, ...rest),
      release: (given, ...rest) => allocator.release({ ...given, region: "one" }, ...rest),
    };
    const [a, b, c] = ["a", "b", "c"].map((region) =>
      make({ allocator: shared, lease, target: { ...target, region } }),
    );
    for (const taskmon of [a!, b!]) {
      taskmon.start();
      await taskmon.task.settled();
    }
    expect([a?.task.number, b?.task.number]).toEqual([0, 1]);
    await a?.shutdown();
    c?.start();
    await c?.task.settled();
    expect(c?.task.number).toBe(0);
  });
});

it("tells the SDK whether it measures requests, after enable and disable", () => {
  const taskmon = make();
  expect(taskmon.getConfig()).toEqual({ enabled: true });
  taskmon.disable();
  expect(taskmon.getConfig()).toEqual({ enabled: false });
  taskmon.enable();
  expect(taskmon.getConfig()).toEqual({ enabled: true });
});

describe("a mistake", () => {
  it("of two Taskmon objects for one target is an error that names the first", async () => {
    const target = { serviceName: "twice", hostName: "h1" };
    const first = make({ target });
    expect(() => make({ target })).toThrow(
      expect.objectContaining({
        code: "ERR_TASKMON_TARGET_TAKEN",
        message: expect.stringContaining(first.identity.instanceId),
      }),
    );
    await first.shutdown();
    expect(() => make({ target })).not.toThrow();
  });

  it("of two for one target is none where the first one's end has begun", async () => {
    const target = { serviceName: "ending", hostName: "h1" };
    const first = make({ target });
    const ended = first.shutdown();
    const second = make({ target });
    await ended;
    // The end of the first does not take the claim of the second away.
    expect(() => make({ target })).toThrow(second.identity.instanceId);
  });

  it("of two for one target is none at a desk, where the second takes over", async () => {
    const target = { serviceName: "reloaded", hostName: "h1" };
    const first = make({ target, devMode: true });
    const over = new Promise((resolve) => first.on("shutdown", resolve));
    const second = make({ target, devMode: true });
    await over;
    second.metrics
      .counter(defineCounter({ service: "0xa", id: "0x1", name: "n", help: "N." }))
      .add(1);
    expect(second.dump({ prefix: "n" })).toMatch(/^n +counter +1/m);
    expect(() => make({ target })).toThrow(/devMode: true.*target\.jobName/);
  });

  it("of a reader attached to two Taskmon objects is an error that names the first", () => {
    const [first, second] = [make(), make()];
    const { reader } = push();
    first.attach(reader);
    expect(() => second.attach(reader)).toThrow(
      expect.objectContaining({
        code: "ERR_TASKMON_READER_ATTACHED",
        message: expect.stringContaining(first.identity.instanceId),
      }),
    );
    expect(() => first.attach(reader)).toThrow("is attached already");
  });

  it.each([
    [{ target: { serviceName: "" } }, "target.serviceName"],
    [{ identity: { app: "v1" } }, "identity.app"],
    [{ lease: { leaseMs: -1 } }, "lease.leaseMs"],
    [{ allocator: {} }, "an object with a method notifyTaskIsAlive()"],
    [{ strict: "yes" }, "strict"],
    [{ delivery: "push" }, "delivery"],
    [{ naming: "hex" }, "naming"],
    [{ constantLabels: { instance: "pod" } }, "constantLabels.instance"],
    [{ runtime: 1 }, "runtime"],
    [{ http: { server: { ignore: true } } }, "http.server.ignore"],
    [{ health: { concurrency: 0 } }, "health.concurrency"],
    [{ instanceId: "" }, "instanceId"],
    [{ servicename: "x" }, "taskmon.servicename"],
    [{ settings: null }, "settings"],
    [{ settings: [] }, "settings"],
    [{ settings: 5 }, "settings"],
    [{ settings: { source: {} } }, "settings.source"],
    [{ events: 5 }, "events"],
    [{ devMode: "yes" }, "devMode"],
  ])("in the options is an error, and leaves the target free: %j", (options, message) => {
    const target = { serviceName: "mistaken", hostName: "h1" };
    const observed = channel("http.server.request.start").hasSubscribers;
    expect(() => make({ target, ...options } as never)).toThrow(message);
    expect(channel("http.server.request.start").hasSubscribers).toBe(observed);
    expect(() => make({ target })).not.toThrow();
  });
});

describe("the end", () => {
  it("may come twice, and before the start", async () => {
    const taskmon = make();
    await Promise.all([taskmon.shutdown(), taskmon.shutdown()]);
    taskmon.start();
    expect(taskmon.task.state).toBe("released");
  });

  it("exports what is left when Taskmon ends before the SDK", async () => {
    const taskmon = make();
    const { reader, exporter } = push();
    const sdk = new NodeSDK({
      resourceDetectors: [taskmon.resourceDetector],
      instrumentations: [taskmon],
      metricReaders: [taskmon.attach(reader)],
    });
    sdk.start();
    taskmon.metrics.counter(orders).add(1, { currency: "EUR" });
    await taskmon.shutdown();
    expect(points(exporter, "shop.orders")).toHaveLength(1);
    exporter.reset();
    await sdk.shutdown();
    expect(exporter.getMetrics()).toEqual([]);
  });

  describe.each(["Taskmon", "NodeSDK"])("by %s, without a number", (who) => {
    it.each([
      [90_000, "as streams of the process's own", 1],
      [Infinity, "nothing, where a number is waited for however long", 0],
    ])("exports within a hold of %d ms %s", async (unnumberedHoldMs, _, exports) => {
      const dead: TaskNumAllocator = {
        name: "dead",
        scope: "fleet",
        notifyTaskIsAlive: () => Promise.reject(new Error("down")),
        release: async () => true,
      };
      const taskmon = make({ allocator: dead, lease: { unnumberedHoldMs } });
      const { reader, exporter } = push();
      const sdk = new NodeSDK({
        instrumentations: [taskmon],
        metricReaders: [taskmon.attach(reader)],
      });
      sdk.start();
      taskmon.metrics.counter(orders).add(3, { currency: "EUR" });
      await (who === "NodeSDK" ? sdk.shutdown() : taskmon.shutdown());
      const found = points(exporter, "shop.orders");
      expect(found).toHaveLength(exports);
      if (exports === 0) return;
      expect(found).toEqual([{ attributes: { currency: "EUR" }, value: 3 }]);
      const { attributes } = exporter.getMetrics()[0]!.resource;
      expect(attributes["service.instance.id"]).toBe(taskmon.identity.instanceId);
      expect(attributes).not.toHaveProperty("taskmon.task.number");
    });
  });

  it("comes in time when a reader hangs", async () => {
    const taskmon = make({ lease: { exportTimeoutMs: 50 } });
    const { reader } = push();
    reader.forceFlush = () => new Promise(() => undefined);
    taskmon.attach(reader);
    await taskmon.shutdown();
    expect(taskmon.task.state).toBe("released");
  });

  it("comes at the end of a block that uses it", async () => {
    let task;
    {
      await using taskmon = make();
      task = taskmon.task;
      taskmon.start();
      await task.settled();
      expect(task.state).toBe("held");
    }
    expect(task.state).toBe("released");
  });
});
