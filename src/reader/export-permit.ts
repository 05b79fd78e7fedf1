import type { DeliveryOutcome } from "./delivery-outcome.ts";
import type { HoldReason } from "./gate.ts";
import type { RetryRule } from "./retry-rule.ts";
import type { ResourceLike, ResourceMetricsLike } from "../points/types.ts";

/**
 * Whether the data of one collection may still be sent. The exporter's wrapper asks it and reports the
 * outcome to it.
 */
export interface ExportPermit {
  /** Aborts when the data may no longer be sent. Undefined if the data does not depend on a number. */
  readonly signal: AbortSignal | undefined;
  /** The time limit of an export. `Infinity` if the data does not depend on a number. */
  readonly exportTimeoutMs: number;
  /** Returns why an export that takes `marginMs` must not begin now, or undefined if it may. */
  refusal(marginMs: number): HoldReason | undefined;
  /** Returns how failed attempts are repeated now. */
  retryRule(): RetryRule;
  /** Called when a batch of the collection is passed to the exporter. */
  handed(batch: ResourceMetricsLike, sending: BatchOnItsWay): void;
  /** Called when the export of a batch has ended, or the gate did not let it begin. */
  ended(batch: ResourceMetricsLike, end: BatchEnd): void;
}

/** A batch that is being exported. */
export interface BatchOnItsWay {
  /** Ends its export, even during an attempt. */
  cut(message: string): void;
  /** Ends its export if it only waits for the next attempt. */
  stopWaiting(): void;
}

/** The end of one batch. */
export interface BatchEnd {
  readonly delivery: DeliveryOutcome;
  /** Why the gate held it or cut it off, if it did. */
  readonly stopped?: HoldReason | "cut" | undefined;
  /** The exporter's error, if it did not arrive. */
  readonly error?: unknown;
  /** The number of points that the receiver rejected, although it accepted the batch. @default 0 */
  readonly rejected?: number;
}

/**
 * The permits by resource: each collection has a new resource object, which stays the same if a reader splits
 * the collection. For a collection that is exported unchanged, by the collection itself.
 */
const permits = new WeakMap<ResourceLike | ResourceMetricsLike, ExportPermit>();

/** The SDK's resources of collections that attached readers exported unchanged. */
const plainResources = new WeakSet<ResourceLike>();

/** Sets the permit of the collection with this resource. */
export function grant(resource: ResourceLike, permit: ExportPermit): void {
  permits.set(resource, permit);
}

/**
 * Sets the permit of a collection that is exported with the SDK's own resource, which other collections
 * share.
 */
export function grantPlain(collection: ResourceMetricsLike, permit: ExportPermit): void {
  permits.set(collection, permit);
  plainResources.add(collection.resource);
}

/** Returns the permit of the collection of `batch`, or undefined if it is unknown. */
export function permitOf(batch: ResourceMetricsLike): ExportPermit | undefined {
  return permits.get(batch) ?? permits.get(batch.resource);
}

/** Whether an attached reader has exported something unchanged with this resource. */
export function isPlain(resource: ResourceLike): boolean {
  return plainResources.has(resource);
}
