import type { Counter, Gauge } from "../../metrics/handles.ts";
import type { MetricRegistry } from "../../metrics/registry.ts";
import { defineCounter, defineGauge } from "../../metrics/spec.ts";

const service = { id: "0x7461736b6d6f6e10", name: "taskmon.cluster" } as const;

const workers = defineGauge({
  service,
  id: "0x1",
  name: "taskmon.cluster.workers",
  help: "Workers included in the primary's scrape: answered, or missing because they did not answer in time.",
  unit: "{worker}",
  labels: ["taskmon.state"],
});

const faults = defineCounter({
  service,
  id: "0x2",
  name: "taskmon.cluster.faults",
  help: "Faults in the reports of workers, by reason.",
  unit: "{fault}",
  labels: ["taskmon.reason"],
});

/** The kinds of faults. */
export type Fault = "late" | "failed" | "message" | "contents" | "overflow" | "kind" | "buckets";

/** The metrics of a cluster's scrape. */
export interface ClusterMetrics {
  readonly workers: Gauge<{ readonly "taskmon.state": string }>;
  readonly faults: Counter<{ readonly "taskmon.reason": string }>;
}

/** Registers the metrics of a cluster's scrape. */
export function clusterMetrics(registry: MetricRegistry): ClusterMetrics {
  return { workers: registry.gauge(workers), faults: registry.counter(faults) };
}
