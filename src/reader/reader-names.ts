import type { MetricRegistry } from "../metrics/registry.ts";

/** The names of the attached readers that are not shut down, by registry. */
const namesOf = new WeakMap<MetricRegistry, Set<string>>();

/** A name that no other live reader of a registry has. */
export interface ClaimedName {
  readonly name: string;
  /** Releases the name for other readers. */
  readonly release: () => void;
}

/** Claims `wanted`, or if it is taken `wanted-2`, `wanted-3` and so on. */
export function claimName(registry: MetricRegistry, wanted: string): ClaimedName {
  const names = namesOf.get(registry) ?? new Set();
  namesOf.set(registry, names);
  let name = wanted;
  for (let count = 2; names.has(name); count++) name = `${wanted}-${count}`;
  names.add(name);
  return { name, release: () => void names.delete(name) };
}
