import type { MetricDataLike, ScopeMetricsLike } from "./types.ts";

/** For all copies of this package in the process. */
const NAMES = Symbol.for("taskmon.verbatim-names");

/**
 * Says that Prometheus knows a metric by its exported name. This holds however its points come to a reader, for
 * example through the instruments of an SDK.
 * @param meter the name of its Meter
 * @param name as it is exported
 */
export function keepVerbatim(meter: string, name: string): void {
  const holder = globalThis as { [NAMES]?: Set<string> };
  (holder[NAMES] ??= new Set()).add(keyOf(meter, name));
}

/** Whether Prometheus knows a collected metric by its exported name: its descriptor says so, or somebody has. */
export function isVerbatim(
  scope: ScopeMetricsLike["scope"],
  descriptor: MetricDataLike["descriptor"],
): boolean {
  if (descriptor.isVerbatim !== undefined) return descriptor.isVerbatim;
  const { [NAMES]: names } = globalThis as { [NAMES]?: Set<string> };
  return names?.has(keyOf(scope.name, descriptor.name)) === true;
}

function keyOf(meter: string, name: string): string {
  return `${meter}\n${name}`;
}
