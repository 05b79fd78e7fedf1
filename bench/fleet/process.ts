// One process of the fleet: counts one order, says that it is ready, and at SIGTERM exports and ends.
// Arguments: `taskmon` or `opentelemetry`, and the SQLite file that gives task numbers.
import { metrics } from "@opentelemetry/api";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http";
import { envDetector, serviceInstanceIdDetector } from "@opentelemetry/resources";
import { PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { createTaskmon, sqliteAllocator } from "taskmon";

const [way, file] = process.argv.slice(2) as ["taskmon" | "opentelemetry", string];
const reader = new PeriodicExportingMetricReader({ exporter: new OTLPMetricExporter() });
const keepsRunning = setInterval(() => {}, 60_000);

if (way === "taskmon") {
  const taskmon = createTaskmon({
    allocator: sqliteAllocator({ file }),
    lease: { quarantineMs: 0 },
    http: false,
  });
  start(
    new NodeSDK({
      resourceDetectors: [taskmon.resourceDetector],
      instrumentations: [taskmon],
      metricReaders: [taskmon.attach(reader)],
    }),
  );
  while (taskmon.task.number === undefined) await taskmon.task.settled();
} else {
  start(
    new NodeSDK({
      resourceDetectors: [envDetector, serviceInstanceIdDetector],
      metricReaders: [reader],
    }),
  );
}
process.send?.("ready");

function start(sdk: NodeSDK): void {
  sdk.start();
  metrics.getMeter("shop").createCounter("shop.orders").add(1, { currency: "EUR" });
  process.once("SIGTERM", () => {
    void sdk.shutdown().then(() => {
      clearInterval(keepsRunning);
      process.disconnect?.();
    });
  });
}
