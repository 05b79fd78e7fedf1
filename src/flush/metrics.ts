import type { MetricRegistry } from "../metrics/registry.ts";
import { defineCounter, defineHistogram } from "../metrics/spec.ts";
import type { FlushResult } from "./policy.ts";

const service = { id: "0x7461736b6d6f6e07", name: "taskmon.flush" } as const;

const flushes = defineCounter({
  service,
  id: "0x1",
  name: "taskmon.flushes",
  help: "Flushes inside requests, by outcome: flushed, no_number, failed.",
  unit: "{flush}",
  labels: ["taskmon.outcome"],
});

const flushDuration = defineHistogram({
  service,
  id: "0x2",
  name: "taskmon.flush.duration",
  help: "How long flushes kept their requests open, by outcome.",
  unit: "s",
  labels: ["taskmon.outcome"],
  buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
});

/**
 * Registers the metrics of flushes inside requests.
 * @returns a function to call after each flush
 */
export function flushMetrics(
  registry: MetricRegistry,
): (outcome: FlushResult, durationMs: number) => void {
  const counted = registry.counter(flushes);
  const duration = registry.histogram(flushDuration);
  return (outcome, durationMs) => {
    counted.add(1, { "taskmon.outcome": outcome });
    duration.record(durationMs / 1_000, { "taskmon.outcome": outcome });
  };
}
