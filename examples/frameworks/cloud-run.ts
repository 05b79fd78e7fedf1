import { createServer } from "node:http";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-proto";
import { PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { createTaskmon, shutdownOnSignals } from "taskmon";
import { flushHandler } from "taskmon/flush";

export const taskmon = createTaskmon({ target: { serviceName: "shop" } });
const reader = new PeriodicExportingMetricReader({ exporter: new OTLPMetricExporter() });
new NodeSDK({
  resourceDetectors: [taskmon.resourceDetector],
  instrumentations: [taskmon],
  metricReaders: [taskmon.attach(reader)],
}).start();

// Once a minute a request ends after the export of what was measured.
export const server = createServer(
  flushHandler(taskmon, (_request, response) => {
    response.end("ordered\n");
  }),
);
server.listen(Number(process.env["PORT"] ?? 8080));
shutdownOnSignals(taskmon);
