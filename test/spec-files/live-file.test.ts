import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { createTaskmon, fileSettings, memoryAllocator, type SettingsChange } from "taskmon";
import { defineCounter } from "taskmon/metrics";
import { expect, it, onTestFinished, vi } from "vitest";

const orders = defineCounter({
  service: "0xa",
  id: "0x1",
  name: "shop.orders",
  help: "Orders.",
});
const patient = { timeout: 10_000, interval: 20 };

/** A folder as Kubernetes mounts a ConfigMap: the file is a link through `..data`, which is swapped. */
async function mounted(): Promise<{ file: string; publish: (text: string) => void }> {
  const folder = await mkdtemp(join(tmpdir(), "taskmon-mounted-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  let version = 0;
  const publish = (text: string): void => {
    const next = `..v${version++}`;
    mkdirSync(join(folder, next));
    writeFileSync(join(folder, next, "taskmon.yaml"), text);
    symlinkSync(next, join(folder, "..data_tmp"));
    renameSync(join(folder, "..data_tmp"), join(folder, "..data"));
  };
  symlinkSync(join("..data", "taskmon.yaml"), join(folder, "taskmon.yaml"));
  return { file: join(folder, "taskmon.yaml"), publish };
}

it("obeys a mounted file while it runs, and whoever reads it only once it is right", async () => {
  const { file, publish } = await mounted();
  publish("settings: { enabled: false }");
  const taskmon = createTaskmon({
    target: { serviceName: "live-file", hostName: "h1" },
    allocator: memoryAllocator(),
    settings: fileSettings(file),
    http: false,
  });
  onTestFinished(() => taskmon.shutdown());
  const changes: SettingsChange[] = [];
  taskmon.settings.on("change", (change) => changes.push(change));
  const exporter = new InMemoryMetricExporter(AggregationTemporality.DELTA);
  const reader = taskmon.attach(new PeriodicExportingMetricReader({ exporter }));
  const provider = new MeterProvider({ readers: [reader] });
  taskmon.setMeterProvider(provider);
  onTestFinished(() => provider.shutdown());
  const counter = taskmon.metrics.counter(orders);
  const exported = async (): Promise<number> => {
    exporter.reset();
    await reader.forceFlush();
    const points = exporter
      .getMetrics()
      .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics))
      .filter(({ descriptor }) => descriptor.name === "shop.orders")
      .flatMap(({ dataPoints }) => dataPoints.map(({ value }) => value as number));
    return points.reduce((sum, value) => sum + value, 0);
  };

  // The file turned it off before a number was asked for.
  await vi.waitFor(() => expect(taskmon.settings.current.enabled).toBe(false), patient);
  counter.add(1);
  expect(taskmon.task.state).toBe("unassigned");
  expect(await exported()).toBe(0);

  publish("settings: { enabled: true }");
  await vi.waitFor(() => expect(taskmon.task.state).toBe("held"), patient);
  counter.add(10);
  expect(await exported()).toBe(10);

  // Half of what was to come: everything stays as it is.
  publish("settings: { enabled: fal");
  await vi.waitFor(() => expect(taskmon.settings.error).toBeDefined(), patient);
  counter.add(100);
  expect(await exported()).toBe(100);
  expect(taskmon.settings.error?.message).toContain(`${file}:1:`);

  publish("settings: { metrics: { shop.orders: { enabled: false } } }");
  await vi.waitFor(() => expect(taskmon.settings.error).toBeUndefined(), patient);
  counter.add(1_000);
  expect(await exported()).toBe(0);

  publish("settings: { enabled: false }");
  await vi.waitFor(() => expect(taskmon.task.state).toBe("released"), patient);
  expect(changes).toMatchObject([
    { name: "enabled", from: true, to: false, who: file },
    { name: "enabled", from: false, to: true, who: file },
    { name: "metrics.shop.orders.enabled", from: true, to: false, who: file },
    { name: "enabled", from: true, to: false, who: file },
    { name: "metrics.shop.orders.enabled", from: false, to: true, who: file },
  ]);
});
