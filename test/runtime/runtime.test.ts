import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { diag, DiagLogLevel, type MeterProvider as ApiMeterProvider } from "@opentelemetry/api";
import { RuntimeNodeInstrumentation } from "@opentelemetry/instrumentation-runtime-node";
import { type MetricData, MeterProvider } from "@opentelemetry/sdk-metrics";
import { afterEach, beforeEach, expect, it, onTestFinished } from "vitest";
import { createTaskmon, memoryAllocator, type TaskmonOptions } from "../../src/index.ts";
import { MetricRegistry } from "../../src/metrics/registry.ts";
import { prometheusReader } from "../../src/prometheus/index.ts";
import { PassedInstrumentation } from "../../src/runtime/passed-instrumentation.ts";
import { runtimeMetrics } from "../../src/runtime/metrics.ts";
import { RuntimeMetrics } from "../../src/runtime/runtime-metrics.ts";
import { TestReader } from "../metrics/collect.ts";
import { run } from "../setup/run.ts";

const root = join(import.meta.dirname, "../..");
let lines: string[];

beforeEach(() => {
  lines = [];
  const log = (...texts: unknown[]): void => void lines.push(texts.join(" "));
  diag.setLogger({ debug() {}, verbose() {}, info() {}, warn: log, error: log }, DiagLogLevel.ALL);
});

afterEach(() => diag.disable());

/** A reader of a Taskmon object with these options. */
function readerWith(options: TaskmonOptions): TestReader {
  const taskmon = createTaskmon({
    ...{ target: { serviceName: "runtime" }, allocator: memoryAllocator(), http: false },
    ...options,
  });
  const reader = new TestReader();
  taskmon.setMeterProvider(new MeterProvider({ readers: [reader] }));
  onTestFinished(() => taskmon.shutdown());
  return reader;
}

async function metricsWithPoints(reader: TestReader): Promise<MetricData[]> {
  const { resourceMetrics } = await reader.collect();
  return resourceMetrics.scopeMetrics.flatMap(({ metrics }) =>
    metrics.filter(({ dataPoints }) => dataPoints.length > 0),
  );
}

/** The value of a metric without labels, or of the series of one label. */
async function value(reader: TestReader, name: string, label?: string): Promise<number> {
  const points = await reader.points(name);
  const found = points.find(({ attributes }) => Object.values(attributes)[0] === label);
  return found!.value as number;
}

/** What the page's tables name. */
const documented: ReadonlySet<string> = new Set(
  readFileSync(join(root, "docs/runtime.md"), "utf8")
    .split("## What answers for")[0]!
    .match(/(?<=`)(?:v8js|nodejs|process)\.[\w.]+(?=`)/g),
);

it("says that the program is up, and for how long", async () => {
  const reader = new TestReader();
  const sdk = new MeterProvider({ readers: [reader] });
  onTestFinished(() => sdk.shutdown());
  const registry = new MetricRegistry();
  runtimeMetrics(registry);
  registry.setMeterProvider(sdk);
  expect(await reader.points("taskmon.up")).toEqual([{ attributes: {}, value: 1 }]);
  const before = process.uptime();
  const [point] = await reader.points("process.uptime");
  expect(point!.value).toBeGreaterThanOrEqual(before);
  expect(point!.value).toBeLessThanOrEqual(process.uptime());
});

it("emits every metric and attribute that the documentation names, without another package", async () => {
  const reader = readerWith({ runtime: true });
  expect(documented.size).toBeGreaterThan(25);
  // Garbage has to be collected first, and the event loop's delay measured a few times.
  const seen = new Set<string>(["process.uptime"]);
  for (
    const deadline = performance.now() + 20_000;
    performance.now() < deadline;
    await sleep(100)
  ) {
    void Array.from({ length: 200_000 }, () => ({}));
    for (const { descriptor, dataPoints } of await metricsWithPoints(reader)) {
      seen.add(descriptor.name);
      for (const key of dataPoints.flatMap(({ attributes }) => Object.keys(attributes))) {
        seen.add(key);
      }
    }
    if ([...documented].every((name) => seen.has(name))) break;
  }
  expect([...documented].filter((name) => !seen.has(name))).toEqual([]);
  expect(lines.filter((line) => line.includes("runtime"))).toEqual([]);
});

it("has the names, kinds and units of OpenTelemetry's instrumentation", async () => {
  const instrumentation = new RuntimeNodeInstrumentation();
  onTestFinished(() => instrumentation.disable());
  const theirs = new TestReader();
  instrumentation.setMeterProvider(new MeterProvider({ readers: [theirs] }));
  const ours = readerWith({ runtime: true });
  const facts = async (reader: TestReader): Promise<Map<string, unknown>> =>
    new Map(
      (await metricsWithPoints(reader)).map(({ descriptor, dataPointType, dataPoints }) => {
        const { name, unit, description } = descriptor;
        const keys = Object.keys(dataPoints[0]!.attributes);
        return [name, { unit, description, dataPointType, keys }];
      }),
    );
  await sleep(150);
  void Array.from({ length: 2_000_000 }, () => ({}));
  await sleep(50);
  const own = await facts(ours);
  const compared = [...(await facts(theirs))].filter(([name]) => own.has(name));
  expect(compared.length).toBeGreaterThanOrEqual(14);
  for (const [name, fact] of compared) {
    // A sum that goes up and down there; Prometheus shows the same.
    if (name === "v8js.memory.heap.space.size") continue;
    expect(own.get(name), name).toEqual(fact);
  }
});

it("says of the process what the process says of itself", async () => {
  const reader = readerWith({ runtime: true });
  const before = process.cpuUsage();
  expect(await value(reader, "process.cpu.time", "user")).toBeGreaterThanOrEqual(before.user / 1e6);
  const after = process.cpuUsage();
  expect(await value(reader, "process.cpu.time", "system")).toBeLessThan(after.system / 1e6 + 5);
  const rss = await value(reader, "process.memory.usage");
  expect(rss / process.memoryUsage.rss()).toBeGreaterThan(0.5);
  expect(rss / process.memoryUsage.rss()).toBeLessThan(2);
  const started = await value(reader, "process.start_time");
  expect(Math.abs(started - (Date.now() / 1e3 - process.uptime()))).toBeLessThan(5);
  const open = readdirSync("/proc/self/fd").length;
  expect(Math.abs((await value(reader, "process.unix.file_descriptor.count")) - open)).toBeLessThan(
    10,
  );
});

it("is known to Prometheus by the names that its rules ask for", async () => {
  const taskmon = createTaskmon({
    ...{ target: { serviceName: "names" }, allocator: memoryAllocator(), http: false },
    runtime: true,
  });
  onTestFinished(() => taskmon.shutdown());
  const text = await taskmon.attach(prometheusReader()).text();
  expect(text).toMatch(/^process_start_time_seconds\{.*\} \d{10}/m);
  expect(text).toMatch(/^process_cpu_time_seconds_total\{cpu_mode="user",/m);
  expect(text).toMatch(/^process_memory_usage_bytes\{.*\} \d+$/m);
});

it("leaves when it is turned off, and counts on the same totals when it is back", async () => {
  const registry = new MetricRegistry();
  const runtime = new RuntimeMetrics(registry);
  runtime.disable();
  runtime.enable();
  runtime.enable();
  registry.prepare();
  expect(registry.get("process.cpu.time")?.series.size).toBe(2);
  runtime.disable();
  runtime.disable();
  registry.prepare();
  expect([...registry.metrics()].map(({ spec }) => spec.name)).toEqual([
    "taskmon.measurements.dropped",
  ]);
  runtime.enable();
  registry.prepare();
  expect(registry.get("process.cpu.time")?.series.size).toBe(2);
  runtime.disable();
  expect(lines).toEqual([]);
});

it("keeps to the process where OpenTelemetry's instrumentation is passed for the rest", async () => {
  const instrumentation = new RuntimeNodeInstrumentation();
  onTestFinished(() => instrumentation.disable());
  const reader = readerWith({ runtime: instrumentation });
  const { resourceMetrics } = await reader.collect();
  const scopes = new Map(
    resourceMetrics.scopeMetrics.map(({ scope, metrics }) => [
      scope.name,
      metrics.map(({ descriptor }) => descriptor.name),
    ]),
  );
  expect(scopes.get("@opentelemetry/instrumentation-runtime-node")).toContain(
    "v8js.memory.heap.used",
  );
  expect(scopes.get("taskmon.runtime")).toContain("process.cpu.time");
  expect(scopes.get("taskmon.runtime")).not.toContain("v8js.memory.heap.used");
});

it("gives a passed instrumentation each provider once, and survives one that throws", () => {
  const calls: unknown[] = [];
  const passed = new PassedInstrumentation({
    setMeterProvider: (given) => void calls.push(given),
    enable: () => void calls.push("enable"),
    disable() {
      throw new Error("no end");
    },
  });
  const [first, second] = [new MeterProvider(), new MeterProvider()] as ApiMeterProvider[];
  passed.setMeterProvider(first!);
  passed.setMeterProvider(first!);
  passed.enable();
  passed.setMeterProvider(second!);
  passed.disable();
  passed.disable();
  expect(calls).toEqual([first, "enable", second]);
  expect(lines).toEqual([expect.stringContaining("no end")]);
});

it("refuses what is no instrumentation", () => {
  const target = { serviceName: "wrong" };
  for (const runtime of [{}, 1, "yes", null]) {
    expect(() => createTaskmon({ target, runtime: runtime as never })).toThrow("Option runtime");
  }
});

it("has a line in the documentation for each of the original's eighteen metrics", () => {
  const text = readFileSync(join(root, "docs/runtime.md"), "utf8");
  const rows = [...text.matchAll(/^\| `(go\/[\w/]+)` +\|/gm)].map(([, name]) => name);
  const mem = ["alloc", "total_alloc", "mallocs", "frees", "next_gc", "num_gc", "pause_total"];
  const heap = ["heap_sys", "heap_idle", "heap_in_use", "heap_objects"];
  const other = ["stack_in_use", "stack_in_sys", "mspan_in_use", "mspan_in_sys"];
  const cache = ["mcache_in_use", "mcache_in_sys"];
  expect(rows).toEqual([
    ...[...mem, ...heap, ...other, ...cache].map((name) => `go/mem/${name}`),
    "go/goroutine/num",
  ]);
});

it("keeps no process alive", async () => {
  const script = `
    import { RuntimeMetrics } from ${JSON.stringify(join(root, "src/runtime/index.ts"))};
    import { MetricRegistry } from ${JSON.stringify(join(root, "src/metrics/index.ts"))};
    const registry = new MetricRegistry();
    new RuntimeMetrics(registry).enable();
    registry.prepare();
    console.log("at work");
  `;
  const args = ["--input-type=module", "-e", script];
  expect(await run(process.execPath, args, { cwd: root, timeoutMs: 20_000 })).toEqual({
    code: 0,
    stdout: "at work\n",
    stderr: "",
  });
});
