import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type MeterProvider as ApiMeterProvider, diag, DiagLogLevel } from "@opentelemetry/api";
import { type MetricData, MeterProvider } from "@opentelemetry/sdk-metrics";
import { afterEach, beforeEach, expect, it, onTestFinished } from "vitest";
import { MetricRegistry } from "../../src/metrics/registry.ts";
import {
  type NodeInstrumentation,
  RuntimeInstrumentation,
} from "../../src/runtime/instrumentation.ts";
import { runtimeMetrics } from "../../src/runtime/metrics.ts";
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

function provider(): { provider: MeterProvider; reader: TestReader } {
  const reader = new TestReader();
  const made = new MeterProvider({ readers: [reader] });
  onTestFinished(() => made.shutdown());
  return { provider: made, reader };
}

/** An instrumentation that only remembers what it is told. */
function recorder(): NodeInstrumentation & { readonly calls: unknown[] } {
  const calls: unknown[] = [];
  return {
    calls,
    setMeterProvider: (given) => void calls.push(given),
    enable: () => void calls.push("enable"),
    disable: () => void calls.push("disable"),
  };
}

/** The names of all metrics that have points. */
async function names(reader: TestReader): Promise<string[]> {
  return (await metricsWithPoints(reader)).map(({ descriptor }) => descriptor.name);
}

async function metricsWithPoints(reader: TestReader): Promise<MetricData[]> {
  const { resourceMetrics } = await reader.collect();
  return resourceMetrics.scopeMetrics.flatMap(({ metrics }) =>
    metrics.filter(({ dataPoints }) => dataPoints.length > 0),
  );
}

it("says that the program is up, and for how long", async () => {
  const { provider: sdk, reader } = provider();
  const registry = new MetricRegistry();
  runtimeMetrics(registry);
  registry.setMeterProvider(sdk);
  expect(await reader.points("taskmon.up")).toEqual([{ attributes: {}, value: 1 }]);
  const before = process.uptime();
  const [point] = await reader.points("process.uptime");
  expect(point!.value).toBeGreaterThanOrEqual(before);
  expect(point!.value).toBeLessThanOrEqual(process.uptime());
});

it("brings OpenTelemetry's own metrics of V8 and the event loop to the provider", async () => {
  const { provider: sdk, reader } = provider();
  const runtime = new RuntimeInstrumentation();
  onTestFinished(() => runtime.disable());
  runtime.setMeterProvider(sdk);
  await runtime.ready();
  expect(await names(reader)).toEqual(
    expect.arrayContaining(["v8js.memory.heap.used", "nodejs.eventloop.utilization"]),
  );
  runtime.disable();
  runtime.enable();
  expect(await names(reader)).toContain("v8js.memory.heap.used");
  expect(lines).toEqual([]);
});

it("emits every metric and attribute of OpenTelemetry's that the documentation names", async () => {
  const { provider: sdk, reader } = provider();
  const runtime = new RuntimeInstrumentation();
  onTestFinished(() => runtime.disable());
  runtime.setMeterProvider(sdk);
  await runtime.ready();
  const documented = new Set(
    readFileSync(join(root, "docs/runtime.md"), "utf8").match(
      /(?<=`)(?:v8js|nodejs)\.[\w.]+(?=`)/g,
    ),
  );
  expect(documented.size).toBeGreaterThan(18);
  // Garbage has to be collected first, and the event loop's delay measured a few times.
  const seen = new Set<string>();
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

it("gives a provider on once, and a new one in its place", async () => {
  const instrumentation = recorder();
  const [first, second] = [provider().provider, provider().provider];
  const runtime = new RuntimeInstrumentation(async () => instrumentation);
  runtime.setMeterProvider(first);
  runtime.setMeterProvider(first);
  await runtime.ready();
  runtime.setMeterProvider(first);
  runtime.setMeterProvider(second);
  expect(instrumentation.calls).toEqual([first, second]);
});

it("gives on the last provider of several that came before it was loaded", async () => {
  const instrumentation = recorder();
  const runtime = new RuntimeInstrumentation(async () => instrumentation);
  const last: ApiMeterProvider = provider().provider;
  runtime.setMeterProvider(provider().provider);
  runtime.setMeterProvider(last);
  runtime.disable();
  await runtime.ready();
  expect(instrumentation.calls).toEqual(["disable", last]);
});

it("loads nothing until there is a provider", async () => {
  let loads = 0;
  const runtime = new RuntimeInstrumentation(async () => (loads++, recorder()));
  runtime.enable();
  await runtime.ready();
  expect(loads).toBe(0);
  runtime.setMeterProvider(provider().provider);
  runtime.setMeterProvider(provider().provider);
  expect(loads).toBe(1);
});

it("says once what to install where the instrumentation is missing", async () => {
  const script = `
    import { diag, DiagConsoleLogger } from "@opentelemetry/api";
    import { registerHooks } from "node:module";
    registerHooks({
      resolve(name, context, next) {
        if (name !== "@opentelemetry/instrumentation-runtime-node") return next(name, context);
        const message = "Cannot find package '" + name + "' imported from here";
        throw Object.assign(new Error(message), { code: "ERR_MODULE_NOT_FOUND" });
      },
    });
    diag.setLogger(new DiagConsoleLogger());
    const { RuntimeInstrumentation } = await import(${JSON.stringify(join(root, "src/runtime/index.ts"))});
    const runtime = new RuntimeInstrumentation();
    const provider = { getMeter() {} };
    runtime.setMeterProvider(provider);
    runtime.setMeterProvider({ ...provider });
    await runtime.ready();
    runtime.disable();
  `;
  const finished = await run(process.execPath, ["--input-type=module", "-e", script], {
    cwd: root,
  });
  expect({ ...finished, stderr: finished.stderr.trim().split("\n") }).toEqual({
    code: 0,
    stdout: "",
    stderr: [
      expect.stringContaining(
        "need @opentelemetry/instrumentation-runtime-node; npm install it, or leave out runtime: true",
      ),
    ],
  });
});

it("throws nothing where the instrumentation cannot be loaded or fails", async () => {
  const broken = new RuntimeInstrumentation(async () => {
    throw new SyntaxError("Named export 'logs' not found");
  });
  broken.setMeterProvider(provider().provider);
  await broken.ready();
  const failing = new RuntimeInstrumentation(async () => ({
    ...recorder(),
    setMeterProvider() {
      throw new Error("no meter");
    },
  }));
  failing.setMeterProvider(provider().provider);
  await failing.ready();
  expect(lines).toEqual([
    expect.stringContaining("Named export 'logs' not found"),
    expect.stringContaining("instrumentation-runtime-node failed"),
  ]);
});

it("keeps no process alive", async () => {
  const script = `
    import { RuntimeInstrumentation } from ${JSON.stringify(join(root, "src/runtime/index.ts"))};
    import { MeterProvider } from "@opentelemetry/sdk-metrics";
    const runtime = new RuntimeInstrumentation();
    runtime.setMeterProvider(new MeterProvider());
    await runtime.ready();
    console.log("at work");
  `;
  const args = ["--input-type=module", "-e", script];
  expect(await run(process.execPath, args, { cwd: root, timeoutMs: 20_000 })).toEqual({
    code: 0,
    stdout: "at work\n",
    stderr: "",
  });
});
