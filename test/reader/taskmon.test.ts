import { resourceFromAttributes } from "@opentelemetry/resources";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { createTaskmon, type TaskmonOptions } from "taskmon";
import { expect, it, onTestFinished } from "vitest";
import type { ManualClock } from "../../src/testing/manual-clock.ts";
import { msOf, ScriptedExporter, T0, steppedClock } from "./harness.ts";

type Allocator = NonNullable<TaskmonOptions["allocator"]>;
type Answer = Awaited<ReturnType<Allocator["notifyTaskIsAlive"]>>;

/** An allocator that answers as told, or fails. */
class ScriptedAllocator implements Allocator {
  readonly name = "scripted";
  readonly scope = "fleet";
  answer: Answer | undefined;

  async notifyTaskIsAlive(): Promise<Answer> {
    const { answer } = this;
    if (answer === undefined) throw new Error("down");
    if (answer.kind === "lost") this.answer = { kind: "no_number" };
    return answer;
  }

  async release(): Promise<boolean> {
    return true;
  }

  grant(num: number, epoch: number): void {
    this.answer = { kind: "granted", num, epoch, leaseMs: 60_000 };
  }
}

let targets = 0;

function start(clock: ManualClock, lease: TaskmonOptions["lease"] = {}) {
  const allocator = new ScriptedAllocator();
  const taskmon = createTaskmon({
    target: { serviceName: `streams-${targets++}`, hostName: "h1" },
    allocator,
    clock,
    lease,
    http: false,
  });
  const exporter = new ScriptedExporter();
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1e9 });
  const provider = new MeterProvider({
    readers: [taskmon.attach(reader)],
    resource: resourceFromAttributes({ "service.name": "s", "host.name": "h1" }),
  });
  taskmon.setMeterProvider(provider);
  onTestFinished(async () => {
    await Promise.all([taskmon.shutdown(), clock.advance(60_000)]);
    await provider.shutdown().catch(() => undefined);
  });
  const counter = provider.getMeter("m").createCounter("c");
  /** Measures one and exports; answers as what, and what came. */
  const flush = async (): Promise<unknown[]> => {
    counter.add(1);
    const before = exporter.batches.length;
    await reader.forceFlush();
    if (exporter.batches.length === before) return ["held"];
    const { attributes } = exporter.batches.at(-1)!.resource;
    const who = attributes["taskmon.task.number"] ?? attributes["service.instance.id"];
    const [point] = exporter.last("c");
    return [who, point?.value, Math.floor(msOf(point!.startTime) / 1_000)];
  };
  return { taskmon, allocator, exporter, flush };
}

/** Moves on in steps, so that heartbeats and their answers alternate. */
async function seconds(clock: ManualClock, count: number): Promise<void> {
  for (let second = 0; second < count; second++) await clock.advance(1_000);
}

it("keeps a process visible through an outage of its allocator from its start on", async () => {
  const clock = steppedClock();
  const { taskmon, allocator, exporter, flush } = start(clock);
  await seconds(clock, 10);
  expect(await flush()).toEqual(["held"]);
  await seconds(clock, 85);
  expect(await flush()).toEqual([taskmon.identity.instanceId, 2, 10]);
  expect(exporter.last("taskmon.exports.held")).toMatchObject([
    { value: 1, attributes: { "taskmon.reason": "no_number" } },
  ]);
  allocator.grant(3, 1);
  await seconds(clock, 30);
  const [who, value, startedAt] = await flush();
  expect([who, value]).toEqual([3, 1]);
  expect(startedAt).toBeGreaterThanOrEqual(95);
});

it("goes on under its number through a short outage, and starts again after a loss", async () => {
  const clock = steppedClock();
  const { taskmon, allocator, flush } = start(clock, { unnumberedHoldMs: 5_000 });
  allocator.grant(0, 1);
  await seconds(clock, 30);
  expect(await flush()).toEqual([0, 1, 30]);
  allocator.answer = undefined;
  await seconds(clock, 20);
  expect(await flush()).toEqual([0, 2, 30]);
  await seconds(clock, 60);
  // The process noticed the loss at its deadline.
  expect(await flush()).toEqual([taskmon.identity.instanceId, 1, 50]);
  allocator.grant(0, 1);
  await seconds(clock, 30);
  expect(await flush()).toEqual([0, 1, 110]);
  allocator.answer = { kind: "lost" };
  await seconds(clock, 30);
  expect(taskmon.task.number).toBeUndefined();
  allocator.grant(7, 9);
  await seconds(clock, 30);
  const [who, value, startedAt] = await flush();
  expect([who, value]).toEqual([7, 1]);
  expect(startedAt).toBe(Math.floor((taskmon.task.grantedAtMs! - T0) / 1_000));
});

it("counts the hold from when a stopped process noticed, so that it can ask first", async () => {
  const clock = steppedClock();
  let stoppedMs = 0;
  const shifted: ManualClock = {
    ...clock,
    get pending() {
      return clock.pending;
    },
    now: () => clock.now() + stoppedMs,
  };
  const { allocator, flush } = start(shifted);
  const what = async (): Promise<unknown[]> => (await flush()).slice(0, 2);
  allocator.grant(0, 1);
  await seconds(clock, 1);
  expect(await what()).toEqual([0, 1]);
  // Stopped for an hour; the reader's timer fires before anything else does.
  stoppedMs = 3_600_000;
  expect(await what()).toEqual(["held"]);
  await seconds(clock, 30);
  expect(await what()).toEqual([0, 3]);
  // A later loss has a hold of its own.
  await seconds(clock, 100);
  allocator.answer = { kind: "lost" };
  await seconds(clock, 30);
  expect(await what()).toEqual(["held"]);
});

it("leaves the place where a task runs out of its identity where numbers are the fleet's", async () => {
  const clock = steppedClock();
  const { taskmon, allocator, exporter, flush } = start(clock);
  allocator.grant(0, 1);
  await seconds(clock, 30);
  await flush();
  expect(exporter.batches[0]?.resource.attributes).toEqual({
    "service.name": "s",
    "taskmon.job.name": taskmon.task.target.jobName,
    "taskmon.task.number": 0,
    "service.instance.id": expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
  });
});
