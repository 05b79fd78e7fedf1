import type { MetricRegistry } from "../metrics/registry.ts";
import { defineState, type MetricSpec } from "../metrics/spec.ts";

/** The versions of a program's components, like `luci/components/version` of luci-go. */
export const componentVersion: MetricSpec<"state", { readonly component: string }> = defineState({
  service: { id: "0x7461736b6d6f6e05", name: "taskmon.runtime" },
  id: "0x3",
  name: "taskmon.component.version",
  help: "Always 1, with the version of a component of the program.",
  labels: ["component"],
  stateLabel: "version",
});

/**
 * Exports the version of each component in the metric `taskmon.component.version`:
 * `componentVersions(taskmon.metrics, { checkout: "2.4.1" })`. Call it again to change the version of a
 * component; other components stay.
 */
export function componentVersions(
  registry: MetricRegistry,
  versions: Readonly<Record<string, string>>,
): void {
  const state = registry.state(componentVersion);
  for (const [component, version] of Object.entries(versions)) state.set(version, { component });
}
