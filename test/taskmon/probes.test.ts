import { AggregationTemporality, MeterProvider } from "@opentelemetry/sdk-metrics";
import { createTaskmon, memoryAllocator } from "taskmon";
import { expect, it, onTestFinished } from "vitest";
import { TestReader } from "../metrics/collect.ts";
import { fakeProbe } from "../probe/harness.ts";

it("brings what its probes count to the readers that it attaches, and takes a target that is gone out", async () => {
  const taskmon = createTaskmon({
    target: { serviceName: "probes" },
    allocator: memoryAllocator(),
    probes: { targetLabels: ["env"] },
  });
  onTestFinished(() => void taskmon.shutdown());
  const readers = [AggregationTemporality.CUMULATIVE, AggregationTemporality.DELTA].map(
    (temporality) => new TestReader(temporality),
  );
  const provider = new MeterProvider({ readers });
  taskmon.setMeterProvider(provider);
  let targets = [
    { name: "a", labels: { env: "prod" } },
    { name: "b", labels: {} },
  ];
  const probe = fakeProbe();
  taskmon.probes.add({ name: "p", probe, targets: () => targets, intervalMs: 3_600_000 });
  const seen = async (reader: TestReader): Promise<unknown[]> => {
    const points = await reader.points("health.probe.runs");
    return points.map(({ attributes, value }) => [
      ...[attributes["health.probe.target"], attributes["env"], value],
    ]);
  };

  await taskmon.probes.refreshTargets("p");
  await taskmon.probes.run("p");
  for (const reader of readers) {
    expect(await seen(reader)).toEqual([
      ["a", "prod", 1],
      ["b", undefined, 1],
    ]);
    expect(await reader.points("health.probe.targets")).toMatchObject([{ value: 2 }]);
  }
  expect(await readers[0]!.points("health.probe.duration")).toHaveLength(2);

  targets = targets.slice(0, 1);
  await taskmon.probes.refreshTargets("p");
  await taskmon.probes.run("p");
  expect(await seen(readers[0]!)).toEqual([["a", "prod", 2]]);
  expect(await seen(readers[1]!)).toEqual([["a", "prod", 1]]);

  await taskmon.shutdown();
  await expect(taskmon.probes.run("p")).rejects.toMatchObject({
    code: "ERR_TASKMON_PROBE_NOT_RUNNING",
  });
});

it("refuses options of probes that are none", () => {
  const target = { serviceName: "refused-probes" };
  const wrong = (probes: object) => () => createTaskmon({ target, probes });
  expect(wrong({ concurrency: 0 })).toThrow("probes.concurrency");
  expect(wrong({ clock: {} })).toThrow("probes.clock");
});
