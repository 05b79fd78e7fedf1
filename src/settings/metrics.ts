import type { MetricRegistry } from "../metrics/registry.ts";
import { defineCounter } from "../metrics/spec.ts";

/** How a refresh of the settings ended. */
export type RefreshOutcome = "changed" | "unchanged" | "failed";

const refreshes = defineCounter({
  service: { id: "0x7461736b6d6f6e06", name: "taskmon.settings" },
  id: "0x1",
  name: "taskmon.settings.refreshes",
  help: "Refreshes of the settings from their source, by outcome.",
  unit: "{refresh}",
  labels: ["taskmon.outcome"],
});

/**
 * Registers the metrics of settings.
 * @returns a function to call after each refresh
 */
export function settingsMetrics(registry: MetricRegistry): (outcome: RefreshOutcome) => void {
  const counter = registry.counter(refreshes);
  return (outcome) => counter.add(1, { "taskmon.outcome": outcome });
}
