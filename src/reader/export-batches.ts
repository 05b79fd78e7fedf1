/** The outcome of an export's data points, as counts. */
export interface PointCounts {
  /** The receiver has them. */
  readonly sent: number;
  /** The receiver accepted their batch, but rejected them. */
  readonly rejected: number;
  /** They did not arrive, or their outcome is unknown. */
  readonly failed: number;
}

/** The end of an export, or of the answer to a scrape. */
export interface ExportEnd {
  /** `held`: the gate held a batch, and none failed. */
  readonly outcome: "success" | "failure" | "held";
  readonly durationMs: number;
  /** The time of the end, by the clock. */
  readonly endedAtMs: number;
  readonly points: PointCounts;
  /** The error of the first failed batch. */
  readonly error?: unknown;
}

/** The end of one batch. */
export interface BatchOutcome {
  readonly outcome: ExportEnd["outcome"];
  readonly points: number;
  /** The points that the receiver rejected, although it accepted the batch. */
  readonly rejected?: number;
  readonly error?: unknown;
}

/**
 * One export: all batches that a reader makes of one collection. It is successful if each batch is. It has
 * ended when the ended batches contain all points of the collection, or when the reader starts the next
 * collection and no batch is running.
 */
export class ExportBatches {
  readonly #points: number;
  readonly #onEnd: (end: ExportEnd) => void;
  #open = 0;
  #seen = 0;
  #startedAtMs = 0;
  #endedAtMs = 0;
  #hasBegun = false;
  #isLast = false;
  #hasEnded = false;
  #outcome: ExportEnd["outcome"] = "success";
  #error: unknown;
  readonly #counts = { sent: 0, rejected: 0, failed: 0 };
  #end: ExportEnd | undefined;

  /** @param points the number of points in the collection */
  constructor(points: number, onEnd: (end: ExportEnd) => void) {
    this.#points = points;
    this.#onEnd = onEnd;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** The end of the export. Undefined before it, and if no batch was seen. */
  get result(): ExportEnd | undefined {
    return this.#end;
  }

  /** Whether the collection has no points. */
  get isEmpty(): boolean {
    return this.#points === 0;
  }

  /** Notes that a batch was passed to the exporter. */
  begin(nowMs: number): void {
    if (!this.#hasBegun) this.#startedAtMs = nowMs;
    this.#hasBegun = true;
    this.#open += 1;
  }

  /** Notes the end of a batch. */
  end(batch: BatchOutcome, nowMs: number): void {
    this.#open -= 1;
    this.#endedAtMs = nowMs;
    this.#seen += batch.points;
    this.#count(batch);
    this.#settle();
  }

  /** Notes that no more batches follow, because the reader starts the next collection. */
  close(): void {
    this.#isLast = true;
    this.#settle();
  }

  #count({ outcome, points, rejected = 0, error }: BatchOutcome): void {
    if (outcome === "success") {
      this.#counts.rejected += Math.min(rejected, points);
      this.#counts.sent += Math.max(points - rejected, 0);
      return;
    }
    if (outcome === "failure") this.#counts.failed += points;
    if (this.#outcome === "failure") return;
    this.#outcome = outcome;
    this.#error = error;
  }

  #settle(): void {
    // If no batch was started, there was no export: a reader may skip a collection.
    if (!this.#hasBegun || this.#hasEnded || this.#open > 0) return;
    if (this.#seen < this.#points && !this.#isLast) return;
    this.#hasEnded = true;
    this.#end = {
      outcome: this.#outcome,
      durationMs: this.#endedAtMs - this.#startedAtMs,
      endedAtMs: this.#endedAtMs,
      points: this.#counts,
      error: this.#error,
    };
    this.#onEnd(this.#end);
  }
}
