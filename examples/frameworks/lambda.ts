import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-proto";
import { PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { createTaskmon } from "taskmon";
import { flushLambda } from "taskmon/flush";
import { defineCounter } from "taskmon/metrics";

export const taskmon = createTaskmon({ target: { serviceName: "shop" } });
const reader = new PeriodicExportingMetricReader({ exporter: new OTLPMetricExporter() });
new NodeSDK({
  resourceDetectors: [taskmon.resourceDetector],
  instrumentations: [taskmon],
  metricReaders: [taskmon.attach(reader)],
}).start();

const orders = taskmon.metrics.counter(
  defineCounter({ service: "shop", name: "orders", help: "Orders." }),
);

// Once a minute an invocation ends after the export of what was measured.
export const handler = flushLambda(taskmon, async (_event: object, _context: object) => {
  orders.add(1);
  return { statusCode: 200, body: "ordered\n" };
});
