import type { Counter } from "../metrics/handles.ts";
import type { MetricRegistry } from "../metrics/registry.ts";
import { defineCounter } from "../metrics/spec.ts";

const exportsHeld = defineCounter({
  service: { id: "0x7461736b6d6f6e04", name: "taskmon.reader" },
  id: "0x1",
  name: "taskmon.exports.held",
  help: "Exports that did not begin because the task number was not surely held, by reason.",
  unit: "{export}",
  labels: ["taskmon.reason"],
});

/** Registers the metrics of attached readers. */
export function readerMetrics(registry: MetricRegistry): {
  readonly held: Counter<{ readonly "taskmon.reason": string }>;
} {
  return { held: registry.counter(exportsHeld) };
}
