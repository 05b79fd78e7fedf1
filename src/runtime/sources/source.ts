import type { MetricRegistry } from "../../metrics/registry.ts";
import type { MetricSpec } from "../../metrics/spec.ts";

/** Where some metrics of the runtime come from. */
export interface Source {
  /** Reads what there is now into the handles, before a collection. */
  read?(): void;
  /** Lets go of what it listens to. */
  stop?(): void;
}

/** A source while its metrics are registered. */
export interface SourceKind {
  readonly specs: readonly MetricSpec[];
  /** Begins to measure. */
  start(registry: MetricRegistry): Source;
}

/** Follows a total that something else counts, by what it grew since. */
export function totals<L extends object>(
  add: (amount: number, labels: L) => void,
): (total: number, labels: L) => void {
  const known = new Map<string, number>();
  return (total, labels) => {
    const key = Object.values(labels).join();
    add(total - (known.get(key) ?? 0), labels);
    known.set(key, total);
  };
}
