import type { Clock } from "../shared/clock.ts";
import type { BatchEnd, BatchOnItsWay, ExportPermit } from "./export-permit.ts";
import type { RetryRule } from "./retry-rule.ts";
import type { Collection } from "./deliveries.ts";
import type { HoldReason } from "./gate.ts";
import { pointsOf } from "../points/count.ts";
import { type ExportEnd, ExportBatches } from "./export-batches.ts";
import type { ResourceMetricsLike, ScopeMetricsLike } from "../points/types.ts";

/** On what terms a collection may be exported. */
export type ExportTerms = Pick<ExportPermit, "signal" | "exportTimeoutMs" | "refusal">;

/** Which streams a collection is of: how often they had begun again. */
export interface OfStreams {
  readonly restarts: number;
}

/** Why data that surely did not arrive goes along with the next export. */
export type KeptReason = HoldReason | "cut" | "not_received";

/** What a reader does with what comes of its exports. */
export interface ExportFollower {
  /** All batches of a collection have ended. */
  ended(end: ExportEnd, of: OfStreams): void;
  /** Data surely did not arrive, and may another time. */
  kept(scopes: readonly ScopeMetricsLike[], why: KeptReason): void;
  /** Data did not arrive, or nobody knows, and is not sent again. */
  lost(scopes: readonly ScopeMetricsLike[], of: OfStreams): void;
}

/** The collections and exports of one reader that are under way. */
export class ReaderExports {
  readonly #clock: Clock;
  readonly #follower: ExportFollower;
  readonly #open = new Map<ResourceMetricsLike, BatchOnItsWay>();
  readonly #waiting = new Set<() => void>();
  #latest: ExportBatches | undefined;
  /** How attempts that failed are repeated. */
  retryRule: RetryRule = "own";
  #collecting = 0;
  #isClosed = false;

  constructor(clock: Clock, follower: ExportFollower) {
    this.#clock = clock;
    this.#follower = follower;
  }

  /** The export of the last collection that may leave. */
  get latest(): ExportBatches | undefined {
    return this.#latest;
  }

  /** How many batches are on their way. */
  get inFlight(): number {
    return this.#open.size;
  }

  /** Whether nothing may begin any more. */
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

  /** What a new collection may do, and through which its exports are followed. */
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
        // A reader may hand the same collection out again.
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
        // What the receiver refuses is not sent again and again.
        if (end.delivery === "not_received")
          this.#follower.kept(batch.scopeMetrics, end.stopped ?? "not_received");
        else if (end.delivery !== "received" || (end.rejected ?? 0) > 0)
          this.#follower.lost(batch.scopeMetrics, of);
        this.#tellWaiting();
      },
    };
  }

  /** Settles when nothing is under way. */
  async idle(): Promise<void> {
    do {
      while (this.#isBusy) {
        await new Promise<void>((resolve) => void this.#waiting.add(resolve));
      }
      // What was collected just now is handed to the exporter some turns of the promises later.
      await new Promise<void>((resolve) => void setImmediate(resolve));
    } while (this.#isBusy);
  }

  /** Ends exports that only wait for their next attempt. */
  stopWaiting(): void {
    for (const sending of this.#open.values()) sending.stopWaiting();
  }

  /** Cuts off what is on its way, and lets nothing begin any more. */
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
