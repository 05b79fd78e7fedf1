import type { Counter, Gauge, Histogram } from "../metrics/handles.ts";
import type { MetricRegistry } from "../metrics/registry.ts";
import { defineCounter, defineGauge, defineHistogram } from "../metrics/spec.ts";

/*
 * The semantic conventions have `otel.sdk.exporter.*` and `otel.sdk.metric_reader.*` for an SDK's own parts (in development). The SDK's readers and OTLP exporters report them themselves if its `sdkMetricsEnabled` is set, so with the same names ours would be a second stream of theirs. Ours cover what theirs cannot: any exporter and scrapes, whole exports instead of batches, the reader's name, what the gate did, and the time of the last success.
 */

const service = { id: "0x7461736b6d6f6e04", name: "taskmon.reader" } as const;

const exportsHeld = defineCounter({
  service,
  id: "0x1",
  name: "taskmon.exports.held",
  help: "Exports that did not begin because the task number was not certain, by reason.",
  unit: "{export}",
  labels: ["taskmon.reason"],
});

const exports = defineCounter({
  service,
  id: "0x2",
  name: "taskmon.exports",
  help: "Exports and answered scrapes that ended, by reader and outcome: success or failure.",
  unit: "{export}",
  labels: ["taskmon.reader", "taskmon.outcome"],
});

const duration = defineHistogram({
  service,
  id: "0x3",
  name: "taskmon.export.duration",
  help: "Duration of exports, from the start of the first batch to the end of the last one; for scrapes the duration of the collection.",
  unit: "s",
  labels: ["taskmon.reader", "taskmon.outcome"],
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
});

const points = defineCounter({
  service,
  id: "0x4",
  name: "taskmon.export.points",
  help: "Data points by outcome: success, failure, or rejected by a receiver that accepted the rest.",
  unit: "{data_point}",
  labels: ["taskmon.reader", "taskmon.outcome"],
});

const lastSuccess = defineGauge({
  service,
  id: "0x5",
  name: "taskmon.export.last_success",
  help: "Unix time of the end of the reader's last successful export; absent before the first one.",
  unit: "s",
  labels: ["taskmon.reader"],
});

const interval = defineGauge({
  service,
  id: "0x6",
  name: "taskmon.export.interval",
  help: "The time between the reader's exports; absent before the first success, and if it is unknown.",
  unit: "s",
  labels: ["taskmon.reader"],
});

interface OfReader {
  readonly "taskmon.reader": string;
}

interface ByOutcome extends OfReader {
  readonly "taskmon.outcome": string;
}

/** The handles of the metrics of attached readers. */
export interface ReaderMetrics {
  readonly held: Counter<{ readonly "taskmon.reason": string }>;
  readonly exports: Counter<ByOutcome>;
  readonly duration: Histogram<ByOutcome>;
  readonly points: Counter<ByOutcome>;
  readonly lastSuccess: Gauge<OfReader>;
  readonly interval: Gauge<OfReader>;
}

/** Registers the metrics of attached readers. Returns the same handles each time. */
export function readerMetrics(registry: MetricRegistry): ReaderMetrics {
  return {
    held: registry.counter(exportsHeld),
    exports: registry.counter(exports),
    duration: registry.histogram(duration),
    points: registry.counter(points),
    lastSuccess: registry.gauge(lastSuccess),
    interval: registry.gauge(interval),
  };
}
