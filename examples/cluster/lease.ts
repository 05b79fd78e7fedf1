// A process whose worker threads push their metrics under its task number, each as a stream of its own
// that outlives the thread.
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { isMainThread, Worker } from "node:worker_threads";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http";
import { PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { createTaskmon, sqliteAllocator } from "taskmon";
import { parentLease, shareLease } from "taskmon/cluster";
import { defineCounter } from "taskmon/metrics";

const taskmon = createTaskmon({
  target: { serviceName: "resizer" },
  allocator: isMainThread ? sqliteAllocator() : parentLease(),
});
const sdk = new NodeSDK({
  resourceDetectors: [taskmon.resourceDetector],
  instrumentations: [taskmon],
  metricReaders: [
    taskmon.attach(new PeriodicExportingMetricReader({ exporter: new OTLPMetricExporter() })),
  ],
});
sdk.start();

if (isMainThread) {
  shareLease(taskmon);
  // One thread after the other has the same place under the number, and exports the same streams.
  for (let round = 0; round < 3; round++) {
    const threads = [1, 2].map(() => new Worker(new URL(import.meta.url)));
    await Promise.all(threads.map((thread) => once(thread, "exit")));
  }
  await sdk.shutdown();
  const { number } = taskmon.task;
  console.log(number === undefined ? "The number was handed back" : `Number ${number} is held`);
} else {
  const resized = taskmon.metrics.counter(
    defineCounter({
      service: "0x5b1ce1c7b1f6bd33",
      id: "0x8c0ae1a6f0c2d1e4",
      name: "resizer.images.resized",
      help: "Images that were resized.",
      unit: "{image}",
    }),
  );
  while (taskmon.task.number === undefined) await sleep(10);
  resized.add(10);
  const { number, worker } = taskmon.task;
  console.log(`A thread works in place ${worker} under number ${number}`);
  await sdk.shutdown();
}
