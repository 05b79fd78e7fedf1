/* oxlint-disable no-new -- The packages' metrics register themselves where they are made. */
import { diag, DiagLogLevel } from "@opentelemetry/api";
import { PrometheusExporter } from "@opentelemetry/exporter-prometheus";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-proto";
import {
  AggregationTemporality,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import * as client016 from "@prometheus-io/client";
import * as client15 from "prom-client";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { createTaskmon, memoryAllocator, type Taskmon } from "../../src/index.ts";
import { promClientBridge, type PromRegistry } from "../../src/prom-client/index.ts";
import { prometheusReader } from "../../src/prometheus/index.ts";
import { manualClock } from "../../src/testing/manual-clock.ts";
import { TestReader } from "../metrics/collect.ts";
import { startOtlpReceiver } from "../setup/otlp-receiver.ts";

const packages = [
  ["prom-client", client15],
  ["@prometheus-io/client", client016 as unknown as typeof client15],
] as const;
let lines: string[];

beforeEach(() => {
  lines = [];
  const log = (...texts: unknown[]): void => void lines.push(texts.join(" "));
  diag.setLogger({ debug() {}, verbose() {}, info() {}, warn: log, error: log }, DiagLogLevel.ALL);
});

afterEach(() => diag.disable());

function taskmonWith(register: PromRegistry, ...readers: TestReader[]): Taskmon {
  const taskmon = createTaskmon({
    target: { serviceName: "moving" },
    allocator: memoryAllocator(),
    http: false,
    metricProducers: [promClientBridge(register)],
  });
  const provider = new MeterProvider({ readers });
  taskmon.setMeterProvider(provider);
  onTestFinished(async () => {
    await taskmon.shutdown();
    await provider.shutdown();
  });
  return taskmon;
}

/** The lines of samples in a text of Prometheus, in order of the alphabet. */
function samples(text: string): string[] {
  return text
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .filter((line) => !line.startsWith("target_info"))
    .map(sortedLabels)
    .toSorted();
}

describe.each(packages)("%s", (_, prom) => {
  it("answers Prometheus with the very samples that the package writes", async () => {
    const register = new prom.Registry();
    const registers = [register];
    register.setDefaultLabels({ zone: "a" });
    const requests = new prom.Counter({
      ...{ name: "http_requests_total", help: "Requests.", registers },
      labelNames: ["method", "code"],
    });
    requests.inc({ method: "GET", code: 200 }, 3);
    requests.inc({ method: 'P"O\\S\nT', code: 500 });
    new prom.Counter({ name: "jobs", help: "Jobs, without _total.", registers }).inc(2);
    new prom.Gauge({ name: "room:temp_celsius", help: "Heat.", registers }).set(-3.5);
    const wait = new prom.Histogram({
      ...{ name: "wait_seconds", help: "Waits.", registers, buckets: [0.1, 1] },
      labelNames: ["queue"],
    });
    for (const value of [0.05, 0.5, 7]) wait.observe({ queue: "é" }, value);
    new prom.Histogram({ name: "plain", help: "No labels.", registers, buckets: [1] }).observe(1);
    const size = new prom.Summary({
      ...{ name: "size_bytes", help: "Sizes.", registers, percentiles: [0.5] },
    });
    size.observe(10);
    const reader = prometheusReader({
      scopeInfo: false,
      metricProducers: [promClientBridge(register)],
    });
    expect(samples(await reader.text())).toEqual(samples(await register.metrics()));
  });

  it("reaches an attached reader under the target, beside our own metrics", async () => {
    const register = new prom.Registry();
    new prom.Counter({ name: "a_total", help: "A.", registers: [register] }).inc(2);
    const reader = new TestReader();
    taskmonWith(register, reader);
    const { resourceMetrics, errors } = await reader.collect();
    expect(errors).toEqual([]);
    expect(resourceMetrics.resource.attributes["service.name"]).toBe("moving");
    const scopes = resourceMetrics.scopeMetrics;
    const [bridged] = scopes.filter(({ scope }) => scope.name === "prom-client");
    expect(bridged!.metrics.map(({ descriptor }) => descriptor)).toMatchObject([
      { name: "a_total", description: "A.", unit: "" },
    ]);
    expect(
      scopes.flatMap(({ metrics }) => metrics.map(({ descriptor }) => descriptor.name)),
    ).toContain("taskmon.up");
  });

  it("gives a delta reader what came since, and a cumulative one beside it the whole", async () => {
    const register = new prom.Registry();
    const registers = [register];
    const count = new prom.Counter({ name: "a_total", help: "A.", registers, labelNames: ["x"] });
    const wait = new prom.Histogram({ name: "w", help: "W.", registers, buckets: [1, 2] });
    const gauge = new prom.Gauge({ name: "g", help: "G.", registers });
    const delta = new TestReader(AggregationTemporality.DELTA);
    const cumulative = new TestReader();
    taskmonWith(register, delta, cumulative);
    count.inc({ x: "1" }, 2);
    wait.observe(1.5);
    gauge.set(9);
    expect(await delta.points("a_total")).toEqual([{ attributes: { x: "1" }, value: 2 }]);
    count.inc({ x: "1" }, 3);
    count.inc({ x: "2" });
    wait.observe(0.5);
    expect(await cumulative.points("a_total")).toEqual([
      { attributes: { x: "1" }, value: 5 },
      { attributes: { x: "2" }, value: 1 },
    ]);
    const { resourceMetrics } = await delta.collect();
    const metrics = resourceMetrics.scopeMetrics.find(
      ({ scope }) => scope.name === "prom-client",
    )!.metrics;
    expect(metrics).toMatchObject([
      {
        aggregationTemporality: AggregationTemporality.DELTA,
        isMonotonic: true,
        dataPoints: [
          { attributes: { x: "1" }, value: 3 },
          { attributes: { x: "2" }, value: 1 },
        ],
      },
      { dataPoints: [{ value: { count: 1, sum: 0.5, buckets: { counts: [1, 0, 0] } } }] },
      { dataPoints: [{ value: 9 }] },
    ]);
    // Nothing came since.
    expect((await delta.points("a_total")).map(({ value }) => value)).toEqual([0, 0]);
  });

  it("begins a series anew where the registry was reset, and forgets what was removed", async () => {
    const clock = manualClock();
    const register = new prom.Registry();
    const registers = [register];
    const count = new prom.Counter({ name: "a_total", help: "A.", registers, labelNames: ["x"] });
    const wait = new prom.Histogram({ name: "w", help: "W.", registers, buckets: [1] });
    const bridge = promClientBridge(register, { clock });
    const reader = new TestReader(AggregationTemporality.CUMULATIVE, [bridge]);
    const delta = new TestReader(AggregationTemporality.DELTA, [
      bridge.forReader({ selectAggregationTemporality: () => 0 }),
    ]);
    new MeterProvider({ readers: [reader, delta] });
    type Point = { startTime: number[]; endTime: number[]; value: unknown; attributes: object };
    const read = async (from: TestReader, name: string): Promise<Point[]> => {
      await clock.advance(1_000);
      const { resourceMetrics } = await from.collect();
      return resourceMetrics.scopeMetrics
        .flatMap(({ metrics }) => metrics)
        .filter(({ descriptor }) => descriptor.name === name)
        .flatMap(({ dataPoints }) => dataPoints as unknown as Point[]);
    };
    count.inc({ x: "1" }, 5);
    wait.observe(0.5);
    wait.observe(0.5);
    const [first] = await read(reader, "a_total");
    await read(delta, "a_total");
    register.resetMetrics();
    count.inc({ x: "1" }, 2);
    wait.observe(3);
    const [second] = await read(reader, "a_total");
    expect(second).toMatchObject({ value: 2 });
    // After the last reading in which it was whole.
    expect(second!.startTime[0]).toBeGreaterThan(first!.endTime[0]! - 1);
    expect(second!.startTime[0]).toBeLessThan(second!.endTime[0]!);
    expect(await read(delta, "a_total")).toMatchObject([{ value: 2 }]);
    expect(await read(delta, "w")).toMatchObject([{ value: { count: 0 } }]);

    count.remove({ x: "1" });
    count.inc({ x: "2" });
    expect(await read(reader, "a_total")).toMatchObject([{ attributes: { x: "2" }, value: 1 }]);
    count.inc({ x: "1" });
    const back = await read(reader, "a_total");
    const again = back.find(({ attributes }) => "x" in attributes && attributes.x === "1");
    expect(again!.startTime[0]).toBeGreaterThan(second!.endTime[0]!);
    register.clear();
    expect(await read(reader, "a_total")).toEqual([]);
  });

  it("awaits collect callbacks, and leaves out alone the one that fails or hangs", async () => {
    const clock = manualClock();
    const register = new prom.Registry();
    const registers = [register];
    let hangs = 0;
    new prom.Gauge({
      ...{ name: "depth", help: "D.", registers },
      async collect() {
        await Promise.resolve();
        this.set(4);
      },
    });
    new prom.Gauge({
      ...{ name: "broken", help: "B.", registers },
      collect() {
        throw new Error("no queue");
      },
    });
    new prom.Gauge({
      ...{ name: "hung", help: "H.", registers },
      collect: () => {
        hangs += 1;
        return new Promise<void>(() => {});
      },
    });
    const reader = prometheusReader({
      metricProducers: [promClientBridge(register, { clock, timeoutMs: 100 })],
    });
    for (const scrape of [1, 2]) {
      const text = reader.text();
      await clock.advance(100 * scrape);
      expect(await text).toMatch(/^depth\{.*\} 4$/m);
    }
    expect(hangs).toBe(1);
    expect(lines.filter((line) => line.includes("The prom-client metric broken"))).toHaveLength(1);
    expect(lines.join("\n")).toMatch(/metric hung could not be read.*took longer than 100 ms/);
  });

  it("reads the registry once for readers that collect at once, and leaves it as it was", async () => {
    const register = new prom.Registry();
    let calls = 0;
    const gauge = new prom.Gauge({
      ...{ name: "g", help: "G.", registers: [register], labelNames: ["x"] },
      collect: () => void (calls += 1),
    });
    gauge.set({ x: "1" }, 1);
    register.setDefaultLabels({ zone: "a" });
    const bridge = promClientBridge(register);
    await Promise.all([bridge.collect(), bridge.forReader({}).collect()]);
    expect(calls).toBe(1);
    register.setDefaultLabels({});
    expect(await register.getSingleMetricAsString("g")).toContain('g{x="1"} 1');
  });

  it("reads default metrics, and leaves out what is ignored", async () => {
    const register = new prom.Registry();
    prom.collectDefaultMetrics({ register });
    const bridge = promClientBridge(register, { ignore: (name) => name.startsWith("nodejs_gc") });
    const text = await prometheusReader({ metricProducers: [bridge] }).text();
    expect(text).toMatch(/^process_cpu_user_seconds_total\{.*\} [\d.e-]+$/m);
    expect(text).toMatch(/^nodejs_version_info\{.*version="v/m);
    expect(text).not.toContain("nodejs_gc");
    expect(lines).toEqual([]);
  });

  it("goes through OTLP as a sum, a gauge and a histogram", async () => {
    await using receiver = await startOtlpReceiver();
    const register = new prom.Registry();
    const registers = [register];
    new prom.Counter({ name: "a_total", help: "A.", registers }).inc(2);
    new prom.Gauge({ name: "g", help: "G.", registers }).set(0.5);
    new prom.Histogram({ name: "w", help: "W.", registers, buckets: [1] }).observe(3);
    const taskmon = createTaskmon({
      ...{ target: { serviceName: "moving" }, allocator: memoryAllocator(), http: false },
      metricProducers: [promClientBridge(register)],
    });
    const provider = new MeterProvider({
      readers: [
        new PeriodicExportingMetricReader({
          exporter: new OTLPMetricExporter({ url: new URL("v1/metrics", receiver.url).href }),
        }),
      ],
    });
    taskmon.setMeterProvider(provider);
    await taskmon.shutdown();
    await provider.shutdown();
    const { metrics, resource } = await receiver.waitFor((each) =>
      each.metrics.some(({ name }) => name === "w"),
    );
    expect(resource["service.name"]).toBe("moving");
    const find = (name: string): unknown => metrics.find((each) => each.name === name);
    expect(find("a_total")).toMatchObject({
      sum: { isMonotonic: true, dataPoints: [{ asDouble: 2 }] },
    });
    expect(find("g")).toMatchObject({ gauge: { dataPoints: [{ asDouble: 0.5 }] } });
    expect(find("w")).toMatchObject({ histogram: { dataPoints: [{ sum: 3 }] } });
  });
});

it("goes into a reader of the SDK as it is", async () => {
  const register = new client15.Registry();
  new client15.Counter({ name: "a_total", help: "A.", registers: [register] }).inc(2);
  const exporter = new PrometheusExporter({
    preventServerStart: true,
    metricProducers: [promClientBridge(register)],
  });
  new MeterProvider({ readers: [exporter] });
  const { resourceMetrics } = await exporter.collect();
  expect(resourceMetrics.scopeMetrics).toMatchObject([
    { metrics: [{ descriptor: { name: "a_total" }, dataPoints: [{ value: 2 }] }] },
  ]);
});

it("takes whatever values a registry holds without harm", async () => {
  const evil = {
    toString: () => {
      throw new Error("no text");
    },
  };
  let made = 0;
  const metric = (type: string, values: unknown): object => {
    const name = `m_${(made += 1)}`;
    return { name, type, get: async () => ({ name, help: undefined, type, values }) };
  };
  const register = {
    getMetricsAsArray: () => [
      metric("gauge", [
        { value: Number.NaN, labels: { "odd key": "\u0000", n: null, u: undefined } },
      ]),
      metric("gauge", [{ value: 1, labels: { x: evil } }]),
      metric("counter", [
        { value: -1 },
        { value: Number.NaN },
        { value: Infinity },
        { value: "7" },
        { value: 5 },
      ]),
      metric("histogram", [{ value: 1, labels: { le: "x" }, metricName: "wrong" }]),
      metric("histogram", []),
      metric("mystery", [{ value: 1 }]),
      metric("gauge", "none"),
      metric("gauge", [null]),
      { name: "no-get" },
      { name: "rejects", get: () => Promise.reject(new Error("down")) },
      {
        name: "throws",
        get() {
          throw new Error("at once");
        },
      },
    ],
  };
  const reader = prometheusReader({
    metricProducers: [promClientBridge(register)],
    scopeInfo: false,
  });
  const shown = samples(await reader.text()).map((line) => line.replace(/^m_\w+/, "m"));
  expect(shown.toSorted()).toEqual(["m 5", 'm{odd_key="\u0000"} NaN']);
  expect(lines.length).toBeGreaterThan(4);
});

it.each([
  [undefined, {}, "register"],
  [{}, {}, "register"],
  [new client15.Registry(), { timeoutMs: 0 }, "promClientBridge.timeoutMs"],
  [new client15.Registry(), { ignore: "a" }, "promClientBridge.ignore"],
  [new client15.Registry(), { scope: "" }, "promClientBridge.scope"],
  [new client15.Registry(), { prefix: "a" }, "promClientBridge.prefix"],
])("refuses %j with %j", (register, options, option) => {
  expect(() => promClientBridge(register as never, options as never)).toThrow(
    `Option ${option} must be`,
  );
});

it("leaves out a producer that rejects, and says so once", async () => {
  const reader = new TestReader();
  const taskmon = createTaskmon({
    ...{ target: { serviceName: "moving" }, allocator: memoryAllocator(), http: false },
    metricProducers: [{ collect: () => Promise.reject(new Error("no producer")) }],
  });
  onTestFinished(() => taskmon.shutdown());
  taskmon.setMeterProvider(new MeterProvider({ readers: [reader] }));
  for (const _ of [1, 2]) {
    const { resourceMetrics, errors } = await reader.collect();
    expect(resourceMetrics.scopeMetrics.length).toBeGreaterThan(0);
    expect(errors).toHaveLength(1);
  }
  expect(lines.filter((line) => line.includes("no producer"))).toHaveLength(1);
  expect(() =>
    createTaskmon({ target: { serviceName: "a" }, metricProducers: [{}] as never }),
  ).toThrow("Option metricProducers[0] must be an object with a method collect()");
});

/** The sample with its labels in the order of the alphabet: another order is the same series. */
function sortedLabels(line: string): string {
  const labels = line.match(/[\w.]+="(?:[^"\\]|\\.)*"/g) ?? [];
  return line.replace(/\{.*\}/, `{${labels.toSorted().join()}}`);
}
