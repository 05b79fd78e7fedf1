import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-proto";
import { PrometheusExporter } from "@opentelemetry/exporter-prometheus";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { createTaskmon, memoryAllocator } from "taskmon";
import { defineCounter } from "taskmon/metrics";
import { expect, it, onTestFinished, vi } from "vitest";
import { startOtlpReceiver } from "../setup/otlp-receiver.ts";
import { startPrometheus } from "../setup/prometheus.ts";
import { freePort } from "../setup/servers.ts";
import { until } from "./shop.ts";

// Programs start slowly where many tests share a machine.
vi.setConfig({ testTimeout: 60_000 });

const orders = defineCounter({
  ...{ service: "0xa", id: "0x1", name: "orders", help: "Orders.", labels: ["shop"] },
});

const NEVER = { signal: new AbortController().signal };

it("a Prometheus that scrapes and a receiver that joins late agree with what was recorded", async () => {
  await using receiver = await startOtlpReceiver();
  const allocator = memoryAllocator();
  const serviceName = "agreement";
  const taskmon = createTaskmon({
    ...{ target: { serviceName, hostName: "h" }, allocator, http: false },
    lease: {
      ...{ leaseMs: 3_000, heartbeatMs: 300, requestTimeoutMs: 300, exportTimeoutMs: 400 },
      ...{ graceMs: 500, quarantineMs: 300 },
    },
  });
  onTestFinished(() => taskmon.shutdown());
  const placed = taskmon.metrics.counter(orders);
  placed.add(3, { shop: "a" });

  const port = await freePort();
  const pull = new MeterProvider({
    readers: [new PrometheusExporter({ port, host: "127.0.0.1" })],
  });
  onTestFinished(() => pull.shutdown().catch(() => undefined));
  taskmon.setMeterProvider(pull);
  await using prometheus = await startPrometheus({
    config: {
      global: { scrape_interval: "1s" },
      scrape_configs: [{ job_name: "a", static_configs: [{ targets: [`127.0.0.1:${port}`] }] }],
    },
  });
  const scraped = async (): Promise<number | undefined> =>
    (await prometheus.query("sum(orders_total)"))[0]?.value;
  await until(async () => (await scraped()) === 3, "a scrape of what came before the provider");

  // A reader joins late, and the number is lost and granted anew meanwhile.
  const url = new URL("v1/metrics", receiver.url).href;
  const push = new MeterProvider({
    readers: [
      new PeriodicExportingMetricReader({
        exporter: new OTLPMetricExporter({ url }),
        exportIntervalMillis: 300,
        exportTimeoutMillis: 300,
      }),
    ],
  });
  onTestFinished(() => push.shutdown().catch(() => undefined));
  taskmon.setMeterProvider(push);
  await until(async () => taskmon.task.number !== undefined, "a number");
  placed.add(4, { shop: "a" });
  placed.add(5, { shop: "b" });
  expect(await taskmon.flush.now()).toMatchObject({ complete: true });
  // Somebody takes the number away; it rests, so that the next one is another.
  const { target, instanceId, number: num = -1, epoch = -1 } = taskmon.task;
  await allocator.release(target, instanceId, { num, epoch, quarantineMs: 60_000 }, NEVER);
  await until(() => taskmon.task.number === 1, "another number");
  placed.add(6, { shop: "a" });
  expect(await taskmon.flush.now()).toMatchObject({ complete: true });
  placed.remove({ shop: "b" });
  placed.add(7, { shop: "b" });
  expect(await taskmon.flush.now()).toMatchObject({ complete: true });

  // Of the series that was removed the scrape has the second life.
  await until(async () => (await scraped()) === 3 + 4 + 6 + 7, "the scrape of all that there is");
  const streams = new Map<string, number>();
  for (const { resource, metrics } of receiver.exports) {
    expect(resource).toMatchObject({ "service.name": serviceName });
    for (const { sum } of metrics.filter(({ name }) => name === "orders")) {
      for (const { attributes, startTimeUnixNano, asDouble, asInt } of sum?.dataPoints ?? []) {
        const number = resource["service.instance.id"];
        const stream = JSON.stringify([number, attributes, startTimeUnixNano]);
        streams.set(stream, Number(asDouble ?? asInt));
      }
    }
  }
  const received = [...streams.values()].reduce((total, value) => total + value, 0);
  expect(received).toBe(3 + 4 + 5 + 6 + 7);
});
