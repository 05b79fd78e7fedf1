import { MessageChannel } from "node:worker_threads";
import { PrometheusExporter } from "@opentelemetry/exporter-prometheus";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { expect, it, onTestFinished } from "vitest";
import { clusterScrape, shareScrape } from "../../src/cluster/index.ts";
import { createTaskmon, memoryAllocator } from "../../src/index.ts";
import { defineCounter } from "../../src/metrics/index.ts";
import { until } from "../cluster/harness.ts";

const orders = defineCounter({
  service: "0xa",
  id: "0x1",
  name: "shop.orders",
  help: "Orders placed.",
});

it("reports what a worker counted since the last scrape when it ends by taskmon.shutdown() alone", async () => {
  const primary = new PrometheusExporter({ preventServerStart: true });
  const provider = new MeterProvider({ readers: [primary] });
  onTestFinished(() => provider.shutdown());
  const scrape = clusterScrape(primary, { followAll: false });
  const { port1, port2 } = new MessageChannel();
  onTestFinished(() => {
    port1.close();
    port2.close();
  });
  scrape.add(port1);

  const taskmon = createTaskmon({
    target: { serviceName: "shop", jobName: "last-counts", hostName: "h1" },
    allocator: memoryAllocator(),
    http: false,
  });
  const exporter = taskmon.attach(new PrometheusExporter({ preventServerStart: true }));
  taskmon.setMeterProvider(new MeterProvider({ readers: [exporter] }));
  const share = shareScrape(exporter, { port: port2 });
  await until(() => share.connected, "a welcome");
  const counter = taskmon.metrics.counter(orders);
  counter.add(1_080);
  expect(await total(primary)).toBe(1_080);
  counter.add(5);
  await taskmon.shutdown();
  await until(() => scrape.workers.length === 0, "the worker's leave");
  expect(await total(primary)).toBe(1_085);
});

async function total(exporter: PrometheusExporter): Promise<unknown> {
  const { resourceMetrics } = await exporter.collect();
  const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
  return metrics.find(({ descriptor }) => descriptor.name === "shop.orders")?.dataPoints[0]?.value;
}
