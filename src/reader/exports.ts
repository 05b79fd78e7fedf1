import type { Clock } from "../shared/clock.ts";
import type { BatchEnd, ExportPermit } from "./export-permit.ts";
import type { Collection } from "./deliveries.ts";
import type { HoldReason } from "./gate.ts";
import { pointsOf } from "../points/count.ts";
import { type ExportEnd, ExportBatches } from "./export-batches.ts";
import type { ResourceMetricsLike, ScopeMetricsLike } from "../points/types.ts";

/** On what terms a collection may be exported. */
export type ExportTerms = Pick<ExportPermit, "signal" | "exportTimeoutMs" | "refusal">;

/** What a reader does with what comes of its exports. */
export interface ExportFollower {
  /** All batches of a collection have ended. */
  ended(end: ExportEnd): void;
  /** The gate kept data back, or cut it off, that surely did not arrive. */
  kept(scopes: readonly ScopeMetricsLike[], why: HoldReason | "cut"): void;
}

/** The collections and exports of one reader that are under way. */
export class ReaderExports {
  readonly #clock: Clock;
  readonly #follower: ExportFollower;
  /** What cuts each batch off that is on its way. */
  readonly #open = new Map<ResourceMetricsLike, (message: string) => void>();
  readonly #waiting = new Set<() => void>();
  #latest: ExportBatches | undefined;
  #collecting = 0;
  #isClosed = false;

  constructor(clock: Clock, follower: ExportFollower) {
    this.#clock = clock;
    this.#follower = follower;
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
  permit(collection: Collection, terms: ExportTerms): ExportPermit {
    this.#latest?.close();
    const points = pointsOf(collection.scopes);
    const newBatches = (): ExportBatches =>
      new ExportBatches(points, (end) => this.#follower.ended(end));
    let batches = newBatches();
    this.#latest = batches;
    return {
      signal: terms.signal,
      exportTimeoutMs: terms.exportTimeoutMs,
      refusal: (marginMs) => (this.#isClosed ? "ended" : terms.refusal(marginMs)),
      handed: (batch, cut) => {
        // A reader may hand the same collection out again.
        if (batches.hasEnded) batches = newBatches();
        batches.begin(this.#clock.now());
        this.#open.set(batch, cut);
        collection.handed(batch);
      },
      ended: (batch, end) => {
        if (!this.#open.delete(batch)) batches.begin(this.#clock.now());
        if (end.delivery === "not_received") collection.notReceived(batch);
        batches.end(
          { ...batchOutcome(end), points: pointsOf(batch.scopeMetrics) },
          this.#clock.now(),
        );
        // What the receiver refuses is not sent again and again; what the gate kept back is.
        if (end.delivery === "not_received" && end.stopped !== undefined)
          this.#follower.kept(batch.scopeMetrics, end.stopped);
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

  /** Cuts off what is on its way, and lets nothing begin any more. */
  close(): void {
    this.#isClosed = true;
    for (const cut of this.#open.values()) cut("The reader was ended during the export");
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
