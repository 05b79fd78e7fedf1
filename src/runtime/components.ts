import type { MetricRegistry } from "../metrics/registry.ts";
import { defineState, type MetricSpec } from "../metrics/spec.ts";

/** The versions of what a program is made of: the original's `luci/components/version`. */
export const componentVersion: MetricSpec<"state", { readonly component: string }> = defineState({
  service: { id: "0x7461736b6d6f6e05", name: "taskmon.runtime" },
  id: "0x3",
  name: "taskmon.component.version",
  help: "1, with the version of a component that the program runs.",
  labels: ["component"],
  stateLabel: "version",
});

/**
 * Reports which version of each component the program runs, in the metric `taskmon.component.version`:
 * `componentVersions(taskmon.metrics, { checkout: "2.4.1" })`. A component that is given again takes its
 * new version; others stay.
 */
export function componentVersions(
  registry: MetricRegistry,
  versions: Readonly<Record<string, string>>,
): void {
  const state = registry.state(componentVersion);
  for (const [component, version] of Object.entries(versions)) state.set(version, { component });
}
