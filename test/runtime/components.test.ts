import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { expect, it, onTestFinished } from "vitest";
import { createTaskmon } from "../../src/index.ts";
import { componentVersions } from "../../src/runtime/index.ts";
import { memoryAllocator } from "../../src/task/allocators/memory.ts";
import { TestReader } from "../metrics/collect.ts";

it("reports each component's version, a new one in place of the old", async () => {
  const taskmon = createTaskmon({
    target: { serviceName: "components" },
    allocator: memoryAllocator(),
  });
  const reader = new TestReader();
  const provider = new MeterProvider({ readers: [reader] });
  onTestFinished(async () => {
    await taskmon.shutdown();
    await provider.shutdown();
  });
  taskmon.setMeterProvider(provider);
  const reported = async (): Promise<unknown[]> => {
    const points = await reader.points("taskmon.component.version");
    expect(points.every(({ value }) => value === 1)).toBe(true);
    return points.map(({ attributes }) => attributes);
  };

  componentVersions(taskmon.metrics, { checkout: "2.4.1", express: "5.1.0" });
  const before = await reported();
  expect(before).toHaveLength(2);
  expect(before).toContainEqual({ component: "checkout", version: "2.4.1" });
  componentVersions(taskmon.metrics, { checkout: "2.5.0" });
  const after = await reported();
  expect(after).toHaveLength(2);
  expect(after).toContainEqual({ component: "checkout", version: "2.5.0" });
  expect(after).toContainEqual({ component: "express", version: "5.1.0" });
});
