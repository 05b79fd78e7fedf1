import type { Fate } from "./fate.ts";
import type { HoldReason } from "./gate.ts";
import type { ResourceLike, ResourceMetricsLike } from "./types.ts";

/** What one collection may still do; its exporter's wrapper asks it, and tells it what came of it. */
export interface Clearance {
  /** Aborts when the data may no longer be sent; never for data under the process's own identity. */
  readonly signal: AbortSignal | undefined;
  /** The longest that an export of it takes; `Infinity` where nothing depends on it. */
  readonly exportTimeoutMs: number;
  /** Why an export that takes `marginMs` must not begin now; undefined where it may. */
  refusal(marginMs: number): HoldReason | undefined;
  /** A batch of the collection is handed to the exporter. */
  handed(batch: ResourceMetricsLike): void;
  /** What became of it, and where the gate kept or cut it off, why. */
  ended(batch: ResourceMetricsLike, fate: Fate, stopped?: HoldReason | "cut"): void;
}

/** By the resource, which is made anew for each collection, and which a reader that splits it keeps. */
const clearances = new WeakMap<ResourceLike, Clearance>();

/** Notes what the collection under `resource` may do. */
export function clear(resource: ResourceLike, clearance: Clearance): void {
  clearances.set(resource, clearance);
}

/** What the collection under `resource` may do; undefined for one of a reader that is not attached. */
export function clearanceOf(resource: ResourceLike): Clearance | undefined {
  return clearances.get(resource);
}
