import { metrics } from "@opentelemetry/api";
import {
  AggregationTemporalityPreference,
  OTLPMetricExporter,
} from "@opentelemetry/exporter-metrics-otlp-http";
import { PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { createTaskmon, memoryAllocator, type Taskmon } from "taskmon";
import { defineCounter } from "taskmon/metrics";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type OtlpReceiver, startOtlpReceiver } from "../setup/otlp-receiver.ts";

const workDone = defineCounter({
  service: "0xa",
  id: "0x1",
  name: "work.done",
  help: "Pieces of work that were done.",
});

let receiver: OtlpReceiver;
beforeAll(async () => {
  receiver = await startOtlpReceiver();
});
afterAll(() => receiver.stop());
afterEach(() => metrics.disable());

interface Started {
  readonly taskmon: Taskmon;
  readonly sdk: NodeSDK;
  work(): void;
  /** The work that arrived, as the values came. */
  arrived(): number[];
  /** The numbers under which anything arrived. */
  numbers(): number[];
}

let services = 0;

function start(temporalityPreference: AggregationTemporalityPreference): Started {
  const serviceName = `ordered-${services++}`;
  const taskmon = createTaskmon({
    target: { serviceName, hostName: "h" },
    allocator: memoryAllocator(),
  });
  const reader = new PeriodicExportingMetricReader({
    exporter: new OTLPMetricExporter({
      url: new URL("v1/metrics", receiver.url).href,
      temporalityPreference,
    }),
    exportIntervalMillis: 600_000,
  });
  const sdk = new NodeSDK({
    resourceDetectors: [taskmon.resourceDetector],
    instrumentations: [taskmon],
    metricReaders: [taskmon.attach(reader)],
    spanProcessors: [],
    logRecordProcessors: [],
  });
  sdk.start();
  const counter = taskmon.metrics.counter(workDone);
  const received = () =>
    receiver.exports.filter(({ resource }) => resource["service.name"] === serviceName);
  return {
    taskmon,
    sdk,
    work: () => counter.add(1),
    arrived: () =>
      received()
        .flatMap(({ metrics: all }) => all.filter(({ name }) => name === "work.done"))
        .flatMap(
          ({ sum }) =>
            sum?.dataPoints.map(({ asInt, asDouble }) => Number(asInt ?? asDouble)) ?? [],
        ),
    numbers: () => received().map(({ resource }) => Number(resource["taskmon.task.number"])),
  };
}

/** Who ends first. */
const orders: Record<string, (started: Started) => Promise<unknown>> = {
  async "Taskmon first, then the SDK"({ taskmon, sdk }) {
    await taskmon.shutdown();
    await sdk.shutdown();
  },
  async "the SDK first, then Taskmon"({ taskmon, sdk }) {
    await sdk.shutdown();
    expect(taskmon.task.state).toBe("released");
    await taskmon.shutdown();
  },
  "both at once, Taskmon called first": ({ taskmon, sdk }) =>
    Promise.all([taskmon.shutdown(), sdk.shutdown()]),
  "both at once, the SDK called first": ({ taskmon, sdk }) =>
    Promise.all([sdk.shutdown(), taskmon.shutdown()]),
  "the SDK alone": ({ sdk }) => sdk.shutdown(),
  "Taskmon alone": ({ taskmon }) => taskmon.shutdown(),
  "Taskmon alone, called twice": ({ taskmon }) =>
    Promise.all([taskmon.shutdown(), taskmon.shutdown()]),
};

describe.each([
  ["cumulative", AggregationTemporalityPreference.CUMULATIVE],
  ["delta", AggregationTemporalityPreference.DELTA],
] as const)("over OTLP, %s", (name, temporality) => {
  const sumOf = (arrived: readonly number[]): number =>
    name === "delta" ? arrived.reduce((sum, value) => sum + value, 0) : (arrived.at(-1) ?? 0);

  describe.each(Object.entries(orders))("%s", (_, end) => {
    it("everything arrives under the number, which is handed back", async () => {
      const started = start(temporality);
      await expect.poll(() => started.taskmon.task.number).toBe(0);
      started.work();
      await started.taskmon.flush.now();
      started.work();
      started.work();
      await end(started);
      expect(sumOf(started.arrived())).toBe(3);
      expect(new Set(started.numbers())).toEqual(new Set([0]));
      expect(started.taskmon.task.state).toBe("released");
    });

    it("everything arrives also where it ends during the start", async () => {
      const started = start(temporality);
      started.work();
      await end(started);
      expect(sumOf(started.arrived())).toBe(1);
      expect(started.numbers()).toContain(0);
      expect(started.taskmon.task.state).toBe("released");
    });

    it("everything arrives of what is measured while an export is on its way", async () => {
      const started = start(temporality);
      await expect.poll(() => started.taskmon.task.number).toBe(0);
      started.work();
      const flushed = started.taskmon.flush.now();
      while (started.taskmon.readers.list[0]?.batchesInFlight !== 1) {
        // Shorter than an export takes.
        await new Promise((resolve) => setImmediate(resolve));
      }
      started.work();
      await end(started);
      await flushed;
      expect(sumOf(started.arrived())).toBe(2);
    });
  });
});

it("nothing leaves any more after the number was handed back", async () => {
  const { taskmon, sdk, work, arrived, numbers } = start(AggregationTemporalityPreference.DELTA);
  await expect.poll(() => taskmon.task.number).toBe(0);
  work();
  await taskmon.shutdown();
  const before = numbers().length;
  work();
  await taskmon.flush.now();
  await sdk.shutdown();
  expect(arrived()).toEqual([1]);
  expect(numbers()).toHaveLength(before);
});
