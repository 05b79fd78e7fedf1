import type { Fate } from "./fate.ts";
import type { HoldReason } from "./gate.ts";
import type { ResourceLike, ResourceMetricsLike } from "./types.ts";

/** What one collection may still do; its exporter's wrapper asks it, and tells it what came of it. */
export interface Clearance {
  /** Aborts when the data may no longer be sent; undefined where that depends on no number. */
  readonly signal: AbortSignal | undefined;
  /** The longest that an export of it takes; `Infinity` where nothing depends on it. */
  readonly exportTimeoutMs: number;
  /** Why an export that takes `marginMs` must not begin now; undefined where it may. */
  refusal(marginMs: number): HoldReason | undefined;
  /** A batch of the collection is handed to the exporter; `cut` ends its export. */
  handed(batch: ResourceMetricsLike, cut: (message: string) => void): void;
  /** The export of a batch has ended, or the gate did not let it begin. */
  ended(batch: ResourceMetricsLike, end: BatchEnd): void;
}

/** What became of one batch. */
export interface BatchEnd {
  readonly fate: Fate;
  /** Where the gate kept it back or cut it off, why. */
  readonly stopped?: HoldReason | "cut" | undefined;
  /** What the exporter said, where it did not arrive. */
  readonly error?: unknown;
  /** How many points the receiver rejected of a batch that it took. @default 0 */
  readonly rejected?: number;
}

/**
 * By the resource, which is made anew for each collection, and which a reader that splits it keeps; of a
 * collection that leaves as it is, by the whole.
 */
const clearances = new WeakMap<ResourceLike | ResourceMetricsLike, Clearance>();

/** The resources, the SDK's own, of collections that left attached readers as they were. */
const plainResources = new WeakSet<ResourceLike>();

/** Notes what the collection under `resource` may do. */
export function clear(resource: ResourceLike, clearance: Clearance): void {
  clearances.set(resource, clearance);
}

/** Notes what a collection may do that leaves under the SDK's own resource, which others share. */
export function clearPlain(collection: ResourceMetricsLike, clearance: Clearance): void {
  clearances.set(collection, clearance);
  plainResources.add(collection.resource);
}

/** What the collection that `batch` is of may do; undefined where that is not known. */
export function clearanceOf(batch: ResourceMetricsLike): Clearance | undefined {
  return clearances.get(batch) ?? clearances.get(batch.resource);
}

/** Whether an attached reader let something leave as it was under this resource. */
export function isPlain(resource: ResourceLike): boolean {
  return plainResources.has(resource);
}
