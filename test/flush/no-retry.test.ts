import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { createTaskmon, memoryAllocator, type Taskmon } from "taskmon";
import { flushHandler } from "taskmon/flush";
import { expect, it, onTestFinished } from "vitest";
import { httpSink } from "../reader/http-sink.ts";
import { listenToDiag } from "../reader/said.ts";
import { freePort } from "../setup/servers.ts";

let services = 0;

/** A Taskmon object with flushes on, whose exporter sends to `url`. */
async function start(url: string): Promise<Taskmon> {
  const taskmon = createTaskmon({
    target: { serviceName: `no-retry-${services++}`, hostName: "h" },
    allocator: memoryAllocator(),
    settings: { flushTimeoutMs: 60_000 },
  });
  const reader = new PeriodicExportingMetricReader({
    exporter: new OTLPMetricExporter({ url }),
    exportIntervalMillis: 1e9,
  });
  const provider = new MeterProvider({ readers: [reader] });
  taskmon.setMeterProvider(provider);
  onTestFinished(async () => {
    await taskmon.shutdown({ timeoutMs: 0 });
    await provider.shutdown().catch(() => undefined);
  });
  await taskmon.task.settled();
  return taskmon;
}

it("answers the first request although nobody listens for its flush, and says so", async () => {
  const said = listenToDiag();
  const taskmon = await start(`http://127.0.0.1:${await freePort()}/v1/metrics`);
  const server = createServer(flushHandler(taskmon, (_, response) => response.end("hello")));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  // The exporter by itself would try for longer than this test may take.
  const response = await fetch(`http://127.0.0.1:${port}/`);
  expect(await response.text()).toBe("hello");
  expect(taskmon.flush.state).toMatchObject({ consecutiveFailures: 1, isUnderWay: false });
  expect(said.filter((line) => line.includes("A flush failed"))).toEqual([
    expect.stringContaining("ECONNREFUSED"),
  ]);
});

it("asks a receiver that is busy only once within a request", async () => {
  const sink = await httpSink((_, response) => void response.writeHead(503).end());
  const taskmon = await start(sink.url);
  expect(await taskmon.flush.ifDue()).toBe("failed");
  expect(sink.requests).toBe(1);
});

it("leaves the repeating of attempts outside requests to the exporter", async () => {
  const sink = await httpSink(
    (count, response) => void response.writeHead(count < 3 ? 503 : 200).end("{}"),
  );
  const taskmon = await start(sink.url);
  expect(await taskmon.flush.ifDue()).toBe("failed");
  expect(await taskmon.flush.now()).toMatchObject({ complete: true });
  expect(sink.requests).toBe(3);
});
