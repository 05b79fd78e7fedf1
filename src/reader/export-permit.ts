import type { DeliveryOutcome } from "./delivery-outcome.ts";
import type { HoldReason } from "./gate.ts";
import type { RetryRule } from "./retry-rule.ts";
import type { ResourceLike, ResourceMetricsLike } from "../points/types.ts";

/** What one collection may still do; its exporter's wrapper asks it, and tells it what came of it. */
export interface ExportPermit {
  /** Aborts when the data may no longer be sent; undefined where that depends on no number. */
  readonly signal: AbortSignal | undefined;
  /** The longest that an export of it takes; `Infinity` where nothing depends on it. */
  readonly exportTimeoutMs: number;
  /** Why an export that takes `marginMs` must not begin now; undefined where it may. */
  refusal(marginMs: number): HoldReason | undefined;
  /** How attempts that failed are repeated now. */
  retryRule(): RetryRule;
  /** A batch of the collection is handed to the exporter. */
  handed(batch: ResourceMetricsLike, sending: BatchOnItsWay): void;
  /** The export of a batch has ended, or the gate did not let it begin. */
  ended(batch: ResourceMetricsLike, end: BatchEnd): void;
}

/** A batch that an exporter has, and whose end is not known. */
export interface BatchOnItsWay {
  /** Ends its export, whatever is under way. */
  cut(message: string): void;
  /** Ends its export if that only waits for its next attempt. */
  stopWaiting(): void;
}

/** What became of one batch. */
export interface BatchEnd {
  readonly delivery: DeliveryOutcome;
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
const permits = new WeakMap<ResourceLike | ResourceMetricsLike, ExportPermit>();

/** The resources, the SDK's own, of collections that left attached readers as they were. */
const plainResources = new WeakSet<ResourceLike>();

/** Notes what the collection under `resource` may do. */
export function grant(resource: ResourceLike, permit: ExportPermit): void {
  permits.set(resource, permit);
}

/** Notes what a collection may do that leaves under the SDK's own resource, which others share. */
export function grantPlain(collection: ResourceMetricsLike, permit: ExportPermit): void {
  permits.set(collection, permit);
  plainResources.add(collection.resource);
}

/** What the collection that `batch` is of may do; undefined where that is not known. */
export function permitOf(batch: ResourceMetricsLike): ExportPermit | undefined {
  return permits.get(batch) ?? permits.get(batch.resource);
}

/** Whether an attached reader let something leave as it was under this resource. */
export function isPlain(resource: ResourceLike): boolean {
  return plainResources.has(resource);
}
