import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { createStatsKeeper, metricProducer } from "taskmon/probe";

// A probe of your own: it does what it likes, and tells a StatsKeeper what came of it. The keeper has the
// counters and histograms of each target, and readers of the SDK see those of the targets that are there.

let targets = ["queue-a", "queue-b"];

const keeper = createStatsKeeper({
  type: "queue",
  name: "round-trip",
  targets: () => targets,
  metrics: [{ name: "queue.length", kind: "gauge", unit: "{message}" }],
});

const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const reader = new PeriodicExportingMetricReader({
  exporter,
  metricProducers: [metricProducer(keeper.registry)],
});
const provider = new MeterProvider({ readers: [reader] });

for (const [target, latencyMs, length] of [
  ["queue-a", 12, 3],
  ["queue-a", 15, 4],
  ["queue-b", 80, 0],
] as const) {
  keeper.record({
    ...{ target, success: true, latencyMs },
    metrics: [{ name: "queue.length", value: length }],
  });
}
await print("Two queues:");

// A queue goes away, and with it its metrics.
targets = ["queue-a"];
await print("One queue:");

keeper.close();
await provider.shutdown();

async function print(title: string): Promise<void> {
  exporter.reset();
  await reader.forceFlush();
  console.log(title);
  for (const { scopeMetrics } of exporter.getMetrics()) {
    for (const { descriptor, dataPoints } of scopeMetrics.flatMap(({ metrics }) => metrics)) {
      for (const { attributes, value } of dataPoints) {
        const shown = typeof value === "number" ? value : `${value.count} in ${value.sum} s`;
        console.log(`  ${descriptor.name} ${String(attributes["health.probe.target"])}: ${shown}`);
      }
    }
  }
}
