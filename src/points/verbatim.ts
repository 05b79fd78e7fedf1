import type { MetricDataLike, ScopeMetricsLike } from "./types.ts";

/** Shared by all copies of this package in the process. */
const NAMES = Symbol.for("taskmon.verbatim-names");

/**
 * Makes Prometheus use a metric's exported name unchanged. This also holds if the points reach a reader in
 * another way, for example through the instruments of an SDK.
 * @param meter the name of the metric's Meter
 * @param name the exported name
 */
export function keepVerbatim(meter: string, name: string): void {
  const holder = globalThis as { [NAMES]?: Set<string> };
  (holder[NAMES] ??= new Set()).add(keyOf(meter, name));
}

/**
 * Whether Prometheus uses the exported name of a collected metric unchanged: its descriptor says so, or
 * {@link keepVerbatim} was called.
 */
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
