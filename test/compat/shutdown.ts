// Runs in a consumer project: ends Taskmon and that project's NodeSDK in every order, and prints, as JSON,
// where the task number stands then. What was measured is the receiver's to say.
import { metrics } from "@opentelemetry/api";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-proto";
import { PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { createTaskmon, memoryAllocator, type Taskmon } from "taskmon";
import { defineCounter } from "taskmon/metrics";

const work = defineCounter({ service: "0xa", id: "0x1", name: "work", help: "Work done." });

const orders: Record<string, (taskmon: Taskmon, sdk: NodeSDK) => Promise<unknown>> = {
  "taskmon-first": (taskmon, sdk) => taskmon.shutdown().then(() => sdk.shutdown()),
  "sdk-first": (taskmon, sdk) => sdk.shutdown().then(() => taskmon.shutdown()),
  "at-once": (taskmon, sdk) => Promise.all([taskmon.shutdown(), sdk.shutdown()]),
  "at-once-sdk": (taskmon, sdk) => Promise.all([sdk.shutdown(), taskmon.shutdown()]),
};

async function end(serviceName: string): Promise<string> {
  const taskmon = createTaskmon({
    target: { serviceName, hostName: "h" },
    allocator: memoryAllocator(),
    http: false,
  });
  const sdk = new NodeSDK({
    instrumentations: [taskmon],
    metricReaders: [
      new PeriodicExportingMetricReader({
        exporter: new OTLPMetricExporter(),
        exportIntervalMillis: 600_000,
      }),
    ],
  });
  sdk.start();
  const counter = taskmon.metrics.counter(work);
  counter.add(1);
  await taskmon.task.settled();
  await taskmon.flush.now();
  counter.add(2);
  await orders[serviceName]?.(taskmon, sdk);
  metrics.disable();
  return taskmon.task.state;
}

async function main(): Promise<void> {
  const states: Record<string, string> = {};
  for (const name of Object.keys(orders)) states[name] = await end(name);
  console.log(JSON.stringify(states));
}

void main();
