import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { describe, expect, it, onTestFinished } from "vitest";
import { createTaskmon, memoryAllocator, type TaskmonOptions } from "taskmon";
import { defineCounter, defineGauge, defineHistogram, MetricRegistry } from "taskmon/metrics";
import { housekeepingHandler } from "taskmon/task";
import { manualClock } from "taskmon/testing";

const open = defineGauge({ service: "shop", name: "shop.open", help: "Open.", labels: ["site"] });
const total = defineCounter({ service: "shop", name: "shop.total", help: "Total." });
const ages = defineHistogram({ service: "shop", name: "shop.ages", help: "Age.", buckets: [1] });

let services = 0;

interface Process {
  readonly taskmon: ReturnType<typeof createTaskmon>;
  /** What its reader exports next of the shop: the task number, and each metric's values. */
  exported(): Promise<Record<string, unknown>>;
}

const service = (): string => `global-${services++}`;

/** One of a service's processes, each with a job name and so a target of its own. */
function processOf(
  serviceName: string,
  options: TaskmonOptions & { temporality?: AggregationTemporality } = {},
): Process {
  const { temporality = AggregationTemporality.CUMULATIVE, ...given } = options;
  const taskmon = createTaskmon({
    target: { serviceName, jobName: `job-${services++}` },
    allocator: memoryAllocator(),
    http: false,
    ...given,
  });
  const exporter = new InMemoryMetricExporter(temporality);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1e9 });
  const provider = new MeterProvider({ readers: [reader] });
  taskmon.setMeterProvider(provider);
  onTestFinished(() => taskmon.shutdown());
  return {
    taskmon,
    async exported() {
      await expect.poll(() => taskmon.task.number).toBe(0);
      exporter.reset();
      await reader.forceFlush();
      const batch = exporter.getMetrics().at(-1);
      const metrics = (batch?.scopeMetrics ?? [])
        .filter(({ scope }) => scope.name === "shop")
        .flatMap((scope) => scope.metrics);
      const values = metrics.map(({ descriptor, dataPoints }) => [
        descriptor.name,
        dataPoints.map(({ value }) => (value as { count?: number }).count ?? value),
      ]);
      return {
        task: batch?.resource.attributes["taskmon.task.number"],
        ...(Object.fromEntries(values) as object),
      };
    },
  };
}

/** Registers the fleet's figures; `figures.open` is what is counted. */
function global({ taskmon }: Process, figures: { open: number; runs: number }): void {
  const { metrics } = taskmon;
  const handles = {
    open: metrics.gauge(open),
    total: metrics.counter(total),
    ages: metrics.histogram(ages),
  };
  metrics.globalCallback([open, total, ages], async () => {
    await Promise.resolve();
    figures.runs++;
    handles.open.set(figures.open, { site: "eu" });
    handles.total.add(figures.open);
    handles.ages.record(2);
  });
}

describe.each([
  ["auto", AggregationTemporality.CUMULATIVE],
  ["auto", AggregationTemporality.DELTA],
  ["instruments", AggregationTemporality.CUMULATIVE],
  ["instruments", AggregationTemporality.DELTA],
] as const)("delivery %s, temporality %i", (delivery, temporality) => {
  it("exports the fleet's figures from the process that computes them, once after each run", async () => {
    const figures = { open: 5, runs: 0 };
    const serviceName = service();
    const [first, second] = [1, 2].map(() => processOf(serviceName, { delivery, temporality }));
    for (const one of [first!, second!]) global(one, figures);
    // Nobody has computed anything, and a counter without labels is not there with 0 either.
    expect(await first!.exported()).toEqual({ task: 0 });
    expect(await second!.exported()).toEqual({ task: 0 });

    await first!.taskmon.metrics.runGlobalCallbacks();
    expect(figures.runs).toBe(1);
    const values = { "shop.open": [5], "shop.total": [5], "shop.ages": [1] };
    expect(await first!.exported()).toEqual({ task: 0, ...values });
    expect(await first!.exported()).toEqual({ task: 0 });
    expect(await second!.exported()).toEqual({ task: 0 });

    // Another process is the next; the first has nothing left of its own run.
    figures.open = 7;
    await second!.taskmon.metrics.runGlobalCallbacks();
    const next = { "shop.open": [7], "shop.total": [7], "shop.ages": [1] };
    expect(await second!.exported()).toEqual({ task: 0, ...next });
    expect(await first!.exported()).toEqual({ task: 0 });

    // And the first again, from zero.
    figures.open = 1;
    await first!.taskmon.metrics.runGlobalCallbacks();
    expect(await first!.exported()).toMatchObject({ "shop.open": [1], "shop.total": [1] });
  });
});

it("tells each reader of a run once", async () => {
  const process = processOf(service());
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const other = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1e9 });
  const provider = new MeterProvider({ readers: [process.taskmon.attach(other)] });
  process.taskmon.setMeterProvider(provider);
  global(process, { open: 3, runs: 0 });
  await process.taskmon.metrics.runGlobalCallbacks();
  expect(await process.exported()).toMatchObject({ "shop.open": [3] });
  await other.forceFlush();
  const names = exporter
    .getMetrics()
    .flatMap(({ scopeMetrics }) => scopeMetrics)
    .flatMap(({ metrics }) => metrics.map(({ descriptor }) => descriptor.name));
  expect(names.filter((name) => name === "shop.open")).toHaveLength(1);
});

it("exports nothing of a callback that fails or takes too long, and runs the others", async () => {
  const process = processOf(service());
  const { metrics } = process.taskmon;
  const clock = manualClock();
  const gauge = metrics.gauge(open);
  metrics.globalCallback([open], async ({ signal }) => {
    gauge.set(1, { site: "eu" });
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
  });
  const counter = metrics.counter(total);
  metrics.globalCallback([total], () => counter.add(4));
  const run = metrics.runGlobalCallbacks({ timeoutMs: 1_000, clock });
  // A second call while they run is the same run.
  const same = metrics.runGlobalCallbacks({ clock });
  const error = { code: "ERR_TASKMON_GLOBAL_CALLBACK", cause: { code: "ERR_TASKMON_TIMEOUT" } };
  const rejected = [run, same].map((one) => expect(one).rejects.toMatchObject(error));
  await clock.advance(1_000);
  await Promise.all(rejected);
  expect(await process.exported()).toEqual({ task: 0, "shop.total": [4] });
});

it("refuses a callback without metrics", () => {
  const registry = new MetricRegistry();
  expect(() => registry.globalCallback([], () => undefined)).toThrow(/Option globalCallback.specs/);
  expect(() => registry.globalCallback([open], "no" as never)).toThrow(
    /Option globalCallback.compute/,
  );
});

it("runs before numbers are assigned where a cron job asks for housekeeping, and answers 500 where it fails", async () => {
  const allocator = memoryAllocator({ assign: "housekeeping" });
  const registry = new MetricRegistry();
  let fails = false;
  let runs = 0;
  registry.globalCallback([open], () => {
    runs++;
    if (fails) throw new Error("no database");
  });
  const handler = housekeepingHandler({
    allocator,
    metrics: registry,
    authorize: () => true,
  });
  const ask = async (): Promise<number> =>
    (await handler.fetch(new Request("http://h/internal/cron/ts_mon/housekeeping"))).status;
  expect([await ask(), runs]).toEqual([200, 1]);
  fails = true;
  expect([await ask(), runs]).toEqual([500, 2]);
});
