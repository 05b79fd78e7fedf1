import type { MetricRegistry } from "../metrics/registry.ts";
import { defineGauge, type MetricSpec } from "../metrics/spec.ts";

const service = { id: "0x7461736b6d6f6e05", name: "taskmon.runtime" } as const;

/** 1 while the program runs. An alert can check that it is absent. */
export const up: MetricSpec<"gauge", {}> = defineGauge({
  service,
  id: "0x1",
  name: "taskmon.up",
  help: "1 while the program runs.",
});

/** Name, unit and help from the semantic conventions of processes. */
export const processUptime: MetricSpec<"gauge", {}> = defineGauge({
  service,
  id: "0x2",
  name: "process.uptime",
  help: "The time the process has been running.",
  unit: "s",
});

/** Registers the metrics of every program. */
export function runtimeMetrics(registry: MetricRegistry): void {
  registry.gauge(up).set(1);
  registry.gauge(processUptime).observe(() => process.uptime());
}
