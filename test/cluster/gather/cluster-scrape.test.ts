import { MessageChannel, type MessagePort } from "node:worker_threads";
import { PrometheusExporter } from "@opentelemetry/exporter-prometheus";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { defineGauge, hexNaming, MetricRegistry } from "../../../src/metrics/index.ts";
import { VERSION } from "../../../src/shared/version.ts";
import {
  type ClusterScrape,
  clusterScrape,
  type ClusterScrapeOptions,
  shareScrape,
} from "../../../src/cluster/index.ts";
import { createTaskmon, memoryAllocator } from "../../../src/index.ts";
import { type ManualClock, manualClock } from "../../../src/testing/index.ts";
import { diagLines, until } from "../harness.ts";
import { histogram, valueOf } from "./points.ts";

let clock: ManualClock;
let ports: MessagePort[];

beforeEach(() => {
  clock = manualClock();
  ports = [];
});

afterEach(() => {
  for (const port of ports) port.close();
});

/** A process with OpenTelemetry's SDK and a counter. */
function startSdk() {
  const exporter = new PrometheusExporter({ preventServerStart: true });
  let collections = 0;
  const collect = exporter.collect.bind(exporter);
  exporter.collect = (...args) => {
    collections += 1;
    return collect(...args);
  };
  const provider = new MeterProvider({ readers: [exporter] });
  const meter = provider.getMeter("shop");
  onTestFinished(() => provider.shutdown().catch(() => undefined));
  return {
    exporter,
    provider,
    meter,
    placed: meter.createCounter("placed"),
    get collections() {
      return collections;
    },
  };
}

function startPrimary(options: ClusterScrapeOptions = {}) {
  const sdk = startSdk();
  const scrape = clusterScrape(sdk.exporter, { followAll: false, clock, ...options });
  onTestFinished(() => scrape.stop());
  const placed = async (): Promise<unknown> => {
    const { resourceMetrics } = await sdk.exporter.collect();
    return valueOf(resourceMetrics.scopeMetrics, "placed");
  };
  return { ...sdk, scrape, placedByAll: placed, own: sdk };
}

/** A worker whose reader may be made to hang or fail. */
async function startWorker(scrape: ClusterScrape) {
  const sdk = startSdk();
  const { port1, port2 } = new MessageChannel();
  ports.push(port1, port2);
  scrape.add(port1);
  const collect = sdk.exporter.collect.bind(sdk.exporter);
  let before: (() => Promise<void>) | undefined;
  sdk.exporter.collect = async (...args) => {
    await before?.();
    return collect(...args);
  };
  const share = shareScrape(sdk.exporter, { port: port2, clock });
  await until(() => share.connected, "a welcome");
  return {
    ...sdk,
    sdk,
    share,
    port: port2,
    /** What happens before each of its collections. */
    beforeCollect(act: (() => Promise<void>) | undefined) {
      before = act;
    },
  };
}

describe("clusterScrape", () => {
  it("adds the metrics of workers to the exporter's own, for its serializer and everyone else", async () => {
    const { scrape, placed, placedByAll, exporter } = startPrimary();
    const workers = [await startWorker(scrape), await startWorker(scrape)];
    placed.add(1);
    for (const worker of workers) worker.placed.add(10);
    expect(await placedByAll()).toBe(21);
    const text = await new Promise<string>((resolve) => {
      const response = { setHeader: () => undefined, statusCode: 0, end: resolve };
      exporter.getMetricsRequestHandler({} as never, response as never);
    });
    expect(text).toMatch(/^placed_total\{otel_scope_name="shop"\} 21$/m);
    expect(scrape.workers).toEqual([
      { index: 0, answers: true },
      { index: 1, answers: true },
    ]);
  });

  it("collects once for all that scrape at the same time", async () => {
    const { scrape, own, placedByAll } = startPrimary();
    const worker = await startWorker(scrape);
    worker.placed.add(2);
    expect(await Promise.all([placedByAll(), placedByAll(), placedByAll()])).toEqual([2, 2, 2]);
    expect([own.collections, worker.sdk.collections]).toEqual([1, 1]);
    expect(await placedByAll()).toBe(2);
    expect([own.collections, worker.sdk.collections]).toEqual([2, 2]);
  });

  it("answers after its time limit without a worker, which it does not wait for until it answers", async () => {
    const lines = diagLines();
    const registry = new MetricRegistry();
    const { scrape, placedByAll } = startPrimary({ timeoutMs: 700, registry });
    const worker = await startWorker(scrape);
    worker.placed.add(5);
    expect(await placedByAll()).toBe(5);

    let release!: () => void;
    const hanging = new Promise<void>((resolve) => {
      release = resolve;
    });
    worker.beforeCollect(() => hanging);
    worker.placed.add(1);
    let answer: unknown;
    const scraped = placedByAll().then((value) => {
      answer = value;
    });
    await clock.advance(699);
    expect(answer).toBeUndefined();
    await clock.advance(1);
    await scraped;
    expect(answer).toBe(5);
    expect(scrape.workers).toEqual([{ index: 0, answers: false }]);
    // At once, since time stands still.
    expect(await placedByAll()).toBe(5);
    expect(lines.filter((line) => line.includes("did not answer within 700 ms"))).toHaveLength(1);

    worker.beforeCollect(undefined);
    release();
    await until(() => scrape.workers[0]!.answers, "its late answer");
    expect(await placedByAll()).toBe(6);
  });

  it("asks a worker that hangs only once in a while", async () => {
    const { scrape, placedByAll } = startPrimary({ timeoutMs: 100 });
    const worker = await startWorker(scrape);
    worker.placed.add(1);
    let release!: () => void;
    const hanging = new Promise<void>((resolve) => {
      release = resolve;
    });
    worker.beforeCollect(() => hanging);
    const heard: unknown[] = [];
    worker.port.on("message", (message) => heard.push(message));
    const first = placedByAll();
    await clock.advance(100);
    await first;
    for (let round = 0; round < 5; round++) await placedByAll();
    expect(heard).toHaveLength(1);
    await clock.advance(1_000);
    await placedByAll();
    await until(() => heard.length === 2, "another request");
    release();
  });

  it("does not wait for a worker that says it cannot collect, and keeps what it said last", async () => {
    const lines = diagLines();
    const { scrape, placedByAll } = startPrimary();
    const worker = await startWorker(scrape);
    worker.placed.add(5);
    expect(await placedByAll()).toBe(5);
    worker.beforeCollect(() => Promise.reject(new Error("out of order")));
    // Time stands still: it does not run into its limit.
    expect(await placedByAll()).toBe(5);
    expect(lines.join()).toContain("cannot collect its metrics: out of order");
    worker.beforeCollect(undefined);
    worker.placed.add(1);
    await placedByAll();
    await until(() => scrape.workers[0]!.answers, "its answer");
    expect(await placedByAll()).toBe(6);
  });

  it("takes no series for removed because one instrument could not be read", async () => {
    const { scrape, exporter } = startPrimary();
    const worker = await startWorker(scrape);
    let broken = false;
    worker.meter.createObservableCounter("stock").addCallback((result) => {
      if (broken) throw new Error("broken");
      result.observe(7);
    });
    const stock = async (): Promise<unknown> => {
      const { resourceMetrics } = await exporter.collect();
      return valueOf(resourceMetrics.scopeMetrics, "stock");
    };
    expect(await stock()).toBe(7);
    broken = true;
    expect(await stock()).toBe(7);
    broken = false;
    expect(await stock()).toBe(7);
  });

  it("keeps what a worker reports as its last, and forgets the worker", async () => {
    const { scrape, placedByAll } = startPrimary();
    const worker = await startWorker(scrape);
    worker.placed.add(3);
    await worker.provider.shutdown();
    expect(await placedByAll()).toBe(3);
    expect(scrape.workers).toEqual([]);
    expect(worker.share.connected).toBe(false);
    const next = await startWorker(scrape);
    next.placed.add(1);
    expect(await placedByAll()).toBe(4);
    expect(scrape.workers).toEqual([{ index: 0, answers: true }]);
  });

  it("waits no longer than two seconds for the last report of a reader that hangs", async () => {
    const { scrape } = startPrimary();
    const worker = await startWorker(scrape);
    worker.beforeCollect(() => new Promise(() => undefined));
    let hasEnded = false;
    const ended = worker.share.stop().then(() => {
      hasEnded = true;
    });
    await clock.advance(1_999);
    expect(hasEnded).toBe(false);
    await clock.advance(1);
    await ended;
  });

  it("gives a newcomer the lowest index that is free", async () => {
    const { scrape } = startPrimary();
    const workers = [
      await startWorker(scrape),
      await startWorker(scrape),
      await startWorker(scrape),
    ];
    await workers[1]!.share.stop();
    await until(() => scrape.workers.length === 2, "the leave");
    await startWorker(scrape);
    expect(scrape.workers.map(({ index }) => index)).toEqual([0, 1, 2]);
    await startWorker(scrape);
    expect(scrape.workers.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
  });

  it("lets the exporter answer for itself again when stopped, and the workers look for another", async () => {
    const { scrape, exporter, placed, placedByAll } = startPrimary();
    const worker = await startWorker(scrape);
    placed.add(1);
    worker.placed.add(10);
    expect(await placedByAll()).toBe(11);
    scrape.stop();
    scrape.stop();
    expect(await placedByAll()).toBe(1);
    await until(() => !worker.share.connected, "the farewell");
    clusterScrape(exporter, { followAll: false }).stop();
  });

  it("says hello until it is heard, less and less often", async () => {
    const lines = diagLines();
    const { exporter } = startSdk();
    const { port1, port2 } = new MessageChannel();
    ports.push(port1, port2);
    const heard: unknown[] = [];
    port1.on("message", (message) => heard.push(message));
    const share = shareScrape(exporter, { port: port2, clock });
    await clock.advance(300);
    await until(() => heard.length === 3, "three hellos");
    await clock.advance(100_000);
    await until(() => heard.length > 8, "more");
    expect(heard.length).toBeLessThan(15);
    expect(lines.filter((line) => line.includes("No clusterScrape()"))).toHaveLength(1);
    await share.stop();
    expect(clock.pending).toBe(0);
  });

  it("passes over what is no message of its own, and says once what is not understood", async () => {
    const lines = diagLines();
    const registry = new MetricRegistry();
    const { scrape, placedByAll } = startPrimary({ registry });
    const worker = await startWorker(scrape);
    worker.placed.add(1);
    for (const odd of [null, 1, "x", [], {}, { taskmon: "lease", v: 1, type: "ask" }]) {
      worker.port.postMessage(odd);
    }
    expect(await placedByAll()).toBe(1);
    expect(lines).toEqual([]);
    const session = "not one that is known";
    for (const odd of [
      { v: 2, type: "hello", session },
      { v: 1, type: "hello", session: 7 },
      { v: 1, type: "report", session, scopes: [] },
      { v: 1, type: "dance", session },
    ]) {
      worker.port.postMessage({ taskmon: "scrape", ...odd });
    }
    expect(await placedByAll()).toBe(1);
    expect(lines.filter((line) => line.includes("not understood"))).toHaveLength(1);
    expect(scrape.workers).toHaveLength(1);
  });

  it("adds up what can be understood of a report, and keeps the rest out of it", async () => {
    const lines = diagLines();
    const { scrape, exporter } = startPrimary();
    const { port1, port2 } = new MessageChannel();
    ports.push(port1, port2);
    scrape.add(port1);
    const send = (message: object): void =>
      port2.postMessage({ taskmon: "scrape", v: 1, session: "s", ...message });
    port2.on("message", ({ type }: { type: string }) => {
      if (type !== "collect") return;
      const point = [{}, [1, 0], [2, 0]];
      const counter = { name: "good", type: 3, temporality: 1, monotonic: true };
      send({
        ...{ type: "report", part: 0, last: true },
        scopes: [
          { name: "a", metrics: [{ ...counter, points: [[...point, 5], "odd"] }, { odd: true }] },
          { name: 7 },
        ],
      });
    });
    send({ type: "hello" });
    await until(() => scrape.workers.length === 1, "the hello");
    const { resourceMetrics } = await exporter.collect();
    expect(valueOf(resourceMetrics.scopeMetrics, "good")).toBe(5);
    expect(
      lines.filter((line) => line.includes("3 metrics and points of a worker's report")),
    ).toHaveLength(1);
  });

  it("says once that workers have other buckets", async () => {
    const lines = diagLines();
    const { scrape, meter, exporter } = startPrimary();
    const worker = await startWorker(scrape);
    const advice = (explicitBucketBoundaries: number[]) => ({
      advice: { explicitBucketBoundaries },
    });
    meter.createHistogram("took", advice([1, 10])).record(5);
    worker.meter.createHistogram("took", advice([5, 10])).record(7);
    for (let round = 0; round < 3; round++) {
      const { resourceMetrics } = await exporter.collect();
      expect(valueOf(resourceMetrics.scopeMetrics, "took")).toMatchObject({
        buckets: histogram([5, 7], [10]).buckets,
        count: 2,
        sum: 12,
      });
    }
    expect(lines.filter((line) => line.includes("different buckets for took"))).toHaveLength(1);
  });
});

it("adds up over several levels: the threads of the workers of a cluster", async () => {
  const { scrape, placed, placedByAll } = startPrimary();
  const worker = await startWorker(scrape);
  // The worker is the primary of its threads, and shares what it has of them with its own.
  const { port1, port2 } = new MessageChannel();
  ports.push(port1, port2);
  const middle = startSdk();
  const inner = clusterScrape(middle.exporter, { followAll: false, clock });
  onTestFinished(() => inner.stop());
  scrape.add(port1);
  const share = shareScrape(middle.exporter, { port: port2, clock });
  await until(() => share.connected, "a welcome");
  const threads = [await startWorker(inner), await startWorker(inner)];
  placed.add(1);
  worker.placed.add(10);
  middle.placed.add(100);
  for (const thread of threads) thread.placed.add(1_000);
  expect(await placedByAll()).toBe(2_111);
  await threads[0]!.share.stop();
  expect(await placedByAll()).toBe(2_111);
});

describe("with a Taskmon", () => {
  it("counts its own measurements over all, and says how many workers there are", async () => {
    const exporter = new PrometheusExporter({ preventServerStart: true });
    const taskmon = createTaskmon({
      target: { serviceName: "gather" },
      allocator: memoryAllocator(),
      delivery: "auto",
    });
    onTestFinished(async () => {
      await taskmon.shutdown();
    });
    const scrape = clusterScrape(taskmon.attach(exporter), {
      followAll: false,
      registry: taskmon.metrics,
    });
    const provider = new MeterProvider({ readers: [exporter] });
    onTestFinished(() => provider.shutdown());
    await startWorker(scrape);
    const { resourceMetrics } = await exporter.collect();
    const workers = (state: string): unknown =>
      valueOf(resourceMetrics.scopeMetrics, "taskmon.cluster.workers", { "taskmon.state": state });
    expect([workers("answered"), workers("missing")]).toEqual([1, 0]);
  });

  it("knows its gauges by their specs, also under the original's names", async () => {
    const exporter = new PrometheusExporter({ preventServerStart: true });
    const taskmon = createTaskmon({
      target: { serviceName: "named" },
      allocator: memoryAllocator(),
      naming: hexNaming("op"),
    });
    onTestFinished(async () => {
      await taskmon.shutdown();
    });
    const sensors = defineGauge({
      service: { id: "0xabc", name: "sensors" },
      id: "0x1",
      name: "sensors.load",
      help: "The load.",
    });
    const load = taskmon.metrics.gauge(sensors);
    const scrape = clusterScrape(taskmon.attach(exporter), {
      followAll: false,
      registry: taskmon.metrics,
      gauges: { "sensors.load": "max" },
    });
    const provider = new MeterProvider({ readers: [exporter], views: taskmon.views });
    onTestFinished(() => provider.shutdown());
    taskmon.setMeterProvider(provider);
    load.set(3);
    const worker = await startWorker(scrape);
    worker.provider.getMeter("sensors", VERSION).createGauge("op_abc_1", { unit: "1" }).record(5);
    const { resourceMetrics } = await exporter.collect();
    expect(valueOf(resourceMetrics.scopeMetrics, "op_abc_1")).toBe(5);
  });

  it("says so where the exporter is attached too late", async () => {
    const lines = diagLines();
    const { scrape, exporter } = startPrimary();
    const taskmon = createTaskmon({
      target: { serviceName: "too-late" },
      allocator: memoryAllocator(),
    });
    onTestFinished(async () => {
      await taskmon.shutdown();
    });
    await exporter.collect();
    taskmon.attach(exporter);
    await exporter.collect();
    await exporter.collect();
    expect(
      lines.filter((line) => line.includes("was attached after clusterScrape()")),
    ).toHaveLength(1);
    scrape.stop();
  });

  it("answers nothing of its workers while its own exporter holds back", async () => {
    const exporter = new PrometheusExporter({ preventServerStart: true });
    const taskmon = createTaskmon({
      target: { serviceName: "held" },
      allocator: memoryAllocator({ assign: "housekeeping" }),
    });
    onTestFinished(async () => {
      await taskmon.shutdown();
    });
    const scrape = clusterScrape(taskmon.attach(exporter, { hold: true }), { followAll: false });
    const provider = new MeterProvider({ readers: [exporter] });
    onTestFinished(() => provider.shutdown());
    const worker = await startWorker(scrape);
    worker.placed.add(1);
    const { resourceMetrics } = await exporter.collect();
    expect(resourceMetrics.scopeMetrics).toEqual([]);
  });
});

describe("options", () => {
  const exporter = (): PrometheusExporter => new PrometheusExporter({ preventServerStart: true });

  it.each([
    [{ by: "all" }, "clusterScrape.by"],
    [{ timeoutMs: 0 }, "clusterScrape.timeoutMs"],
    [{ label: "a.b" }, "clusterScrape.label"],
    [{ maxSeries: 0 }, "clusterScrape.maxSeries"],
    [{ gauges: { x: "median" } }, "clusterScrape.gauges.x"],
    [{ followAll: "yes" }, "clusterScrape.followAll"],
    [{ port: 1 }, "clusterScrape.port"],
  ])("refuses %j", (options, named) => {
    expect(() => clusterScrape(exporter(), options as ClusterScrapeOptions)).toThrow(named);
  });

  it("refuses what is no exporter, and one that has a clusterScrape already", () => {
    expect(() => clusterScrape({} as never)).toThrow("clusterScrape exporter");
    const one = exporter();
    const scrape = clusterScrape(one, { followAll: false });
    expect(() => clusterScrape(one)).toThrow("without a clusterScrape");
    scrape.stop();
  });

  it("refuses to share a reader that forgets what it has reported", () => {
    const { port1, port2 } = new MessageChannel();
    ports.push(port1, port2);
    const delta = Object.assign(exporter(), { selectAggregationTemporality: () => 0 });
    expect(() => shareScrape(delta, { port: port2 })).toThrow("cumulative");
    expect(() => shareScrape(exporter(), { port: {} as MessagePort })).toThrow("shareScrape.port");
  });
});
