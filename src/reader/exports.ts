import type { Clock } from "../shared/clock.ts";
import type { BatchEnd, BatchOnItsWay, ExportPermit } from "./export-permit.ts";
import type { RetryRule } from "./retry-rule.ts";
import type { Collection } from "./deliveries.ts";
import type { HoldReason } from "./gate.ts";
import { pointsOf } from "../points/count.ts";
import { type ExportEnd, ExportBatches } from "./export-batches.ts";
import type { ResourceMetricsLike, ScopeMetricsLike } from "../points/types.ts";

/** The terms on which a collection may be exported. */
export type ExportTerms = Pick<ExportPermit, "signal" | "exportTimeoutMs" | "refusal">;

/** Identifies the streams of a collection by how often they had been restarted. */
export interface OfStreams {
  readonly restarts: number;
}

/** Why data that certainly did not arrive is sent with the next export. */
export type KeptReason = HoldReason | "cut" | "not_received";

/** Handles the outcomes of a reader's exports. */
export interface ExportFollower {
  /** All batches of a collection have ended. */
  ended(end: ExportEnd, of: OfStreams): void;
  /** Data certainly did not arrive, and is sent again. */
  kept(scopes: readonly ScopeMetricsLike[], why: KeptReason): void;
  /** Data did not arrive, or its outcome is unknown, and it is not sent again. */
  lost(scopes: readonly ScopeMetricsLike[], of: OfStreams): void;
}

/** The running collections and exports of one reader. */
export class ReaderExports {
  readonly #clock: Clock;
  readonly #follower: ExportFollower;
  readonly #open = new Map<ResourceMetricsLike, BatchOnItsWay>();
  readonly #waiting = new Set<() => void>();
  #latest: ExportBatches | undefined;
  /** How failed attempts are repeated. */
  retryRule: RetryRule = "own";
  #collecting = 0;
  #isClosed = false;

  constructor(clock: Clock, follower: ExportFollower) {
    this.#clock = clock;
    this.#follower = follower;
  }

  /** The export of the last collection that may be exported. */
  get latest(): ExportBatches | undefined {
    return this.#latest;
  }

  /** The number of batches that are being exported. */
  get inFlight(): number {
    return this.#open.size;
  }

  /** Whether no export may begin any more. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Runs a collection of the reader. */
  async collecting<T>(collect: () => Promise<T>): Promise<T> {
    this.#collecting += 1;
    try {
      return await collect();
    } finally {
      this.#collecting -= 1;
      this.#tellWaiting();
    }
  }

  /** Returns the permit of a new collection, which also tracks its exports. */
  permit(collection: Collection, terms: ExportTerms, of: OfStreams): ExportPermit {
    this.#latest?.close();
    const points = pointsOf(collection.scopes);
    const newBatches = (): ExportBatches =>
      new ExportBatches(points, (end) => this.#follower.ended(end, of));
    let batches = newBatches();
    this.#latest = batches;
    return {
      signal: terms.signal,
      exportTimeoutMs: terms.exportTimeoutMs,
      retryRule: () => this.retryRule,
      refusal: (marginMs) => (this.#isClosed ? "ended" : terms.refusal(marginMs)),
      handed: (batch, sending) => {
        // A reader may export the same collection again.
        if (batches.hasEnded) this.#latest = batches = newBatches();
        batches.begin(this.#clock.now());
        this.#open.set(batch, sending);
        collection.handed(batch);
      },
      ended: (batch, end) => {
        if (!this.#open.delete(batch)) batches.begin(this.#clock.now());
        if (end.delivery === "not_received" || end.delivery === "refused")
          collection.notReceived(batch);
        batches.end(
          { ...batchOutcome(end), points: pointsOf(batch.scopeMetrics) },
          this.#clock.now(),
        );
        // Data that the receiver refused is not sent again.
        if (end.delivery === "not_received")
          this.#follower.kept(batch.scopeMetrics, end.stopped ?? "not_received");
        else if (end.delivery !== "received" || (end.rejected ?? 0) > 0)
          this.#follower.lost(batch.scopeMetrics, of);
        this.#tellWaiting();
      },
    };
  }

  /** Resolves when no collection or export is running. */
  async idle(): Promise<void> {
    do {
      while (this.#isBusy) {
        await new Promise<void>((resolve) => void this.#waiting.add(resolve));
      }
      // A new collection is passed to the exporter some microtasks later.
      await new Promise<void>((resolve) => void setImmediate(resolve));
    } while (this.#isBusy);
  }

  /** Ends exports that only wait for their next attempt. */
  stopWaiting(): void {
    for (const sending of this.#open.values()) sending.stopWaiting();
  }

  /** Cuts off running exports, and lets none begin any more. */
  close(): void {
    this.#isClosed = true;
    for (const sending of this.#open.values())
      sending.cut("The reader was ended during the export");
  }

  get #isBusy(): boolean {
    return this.#open.size + this.#collecting > 0;
  }

  #tellWaiting(): void {
    if (this.#isBusy) return;
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

function batchOutcome({ delivery, stopped, error, rejected = 0 }: BatchEnd): {
  readonly outcome: ExportEnd["outcome"];
  readonly rejected: number;
  readonly error?: unknown;
} {
  if (delivery === "received") return { outcome: "success", rejected };
  const isHeld = delivery === "not_received" && stopped !== undefined && stopped !== "cut";
  return { outcome: isHeld ? "held" : "failure", rejected: 0, error };
}
