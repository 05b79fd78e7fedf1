import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-proto";
import { PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { createTaskmon, memoryAllocator, type Taskmon } from "taskmon";
import { flushHandler } from "taskmon/flush";

// The program of run.ts: a server `bare`, with Taskmon exporting by a `timer`, or flushing inside `requests`.
const [kind, otlpUrl, intervalMs, timeoutMs] = process.argv.slice(2) as [string, ...string[]];

const answer: RequestListener = (_request, response) => {
  response.setHeader("content-type", "application/json");
  response.end('{"id":42,"state":"placed"}');
};
const server = createServer(kind === "requests" ? flushHandler(start(), answer) : answer);
if (kind === "timer") start();
server.listen(0, "127.0.0.1", () => process.send!((server.address() as AddressInfo).port));
process.once("disconnect", () => process.exit());

function start(): Taskmon {
  const taskmon = createTaskmon({
    target: { serviceName: "bench" },
    allocator: memoryAllocator(),
    settings: { flushIntervalMs: Number(intervalMs), flushTimeoutMs: Number(timeoutMs) },
  });
  const reader = new PeriodicExportingMetricReader({
    exporter: new OTLPMetricExporter({ url: `${otlpUrl}/v1/metrics`, timeoutMillis: 1_000 }),
    exportIntervalMillis: kind === "timer" ? Number(intervalMs) : 86_400_000,
    exportTimeoutMillis: 1_000,
  });
  new NodeSDK({
    instrumentations: [taskmon],
    metricReaders: [taskmon.attach(reader)],
    resourceDetectors: [taskmon.resourceDetector],
    spanProcessors: [],
    logRecordProcessors: [],
  }).start();
  return taskmon;
}
