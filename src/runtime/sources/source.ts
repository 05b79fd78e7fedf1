import type { MetricRegistry } from "../../metrics/registry.ts";
import type { MetricSpec } from "../../metrics/spec.ts";

/** A source of runtime metrics. */
export interface Source {
  /** Records the current values before a collection. */
  read?(): void;
  /** Releases its resources. */
  stop?(): void;
}

/** A source with registered metrics. */
export interface SourceKind {
  readonly specs: readonly MetricSpec[];
  /** Starts to measure. */
  start(registry: MetricRegistry): Source;
}

/** Returns a function that adds the growth of an external total to a counter. */
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
