import type { MetricRegistry } from "../metrics/registry.ts";
import { defineCounter, defineGauge, defineHistogram } from "../metrics/spec.ts";
import type { HeartbeatReport } from "./task-events.ts";

const service = { id: "0x7461736b6d6f6e03", name: "taskmon.task" } as const;

const taskNumber = defineGauge({
  service,
  id: "0x1",
  name: "taskmon.task.number",
  help: "The task number that this process holds; absent while it holds none.",
});

const leaseRemaining = defineGauge({
  service,
  id: "0x2",
  name: "taskmon.task.lease.remaining",
  help: "The time until the lease of the task number ends, unless it is renewed.",
  unit: "s",
});

const taskEpoch = defineGauge({
  service,
  id: "0x3",
  name: "taskmon.task.epoch",
  help: "The epoch of the grant; larger at each new grant of a number.",
});

const heartbeats = defineCounter({
  service,
  id: "0x4",
  name: "taskmon.task.heartbeats",
  help: "Heartbeats sent to the task number allocator, by outcome.",
  unit: "{heartbeat}",
  labels: ["taskmon.outcome"],
});

const heartbeatDuration = defineHistogram({
  service,
  id: "0x5",
  name: "taskmon.task.heartbeat.duration",
  help: "The duration of heartbeats, by outcome.",
  unit: "s",
  labels: ["taskmon.outcome"],
  buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
});

/** The values that the lease's gauges show. */
export interface LeaseView {
  readonly number: number | undefined;
  readonly epoch: number | undefined;
  readonly remainingMs: number;
}

/**
 * Registers the metrics of a lease.
 * @returns a listener for each heartbeat
 */
export function leaseMetrics(
  registry: MetricRegistry,
  lease: LeaseView,
): (heartbeat: HeartbeatReport) => void {
  registry.gauge(taskNumber).observe(() => lease.number);
  registry.gauge(taskEpoch).observe(() => lease.epoch);
  registry
    .gauge(leaseRemaining)
    .observe(() => (lease.number === undefined ? undefined : lease.remainingMs / 1_000));
  const sent = registry.counter(heartbeats);
  const duration = registry.histogram(heartbeatDuration);
  return ({ outcome, durationMs }) => {
    sent.add(1, { "taskmon.outcome": outcome });
    duration.record(durationMs / 1_000, { "taskmon.outcome": outcome });
  };
}
