/** What became of the data points of an export. */
export interface PointCounts {
  /** The receiver has them. */
  readonly sent: number;
  /** The receiver took their batch, but not them. */
  readonly rejected: number;
  /** They did not arrive, or nobody knows. */
  readonly failed: number;
}

/** How an export ended, or the answer to a scrape. */
export interface ExportEnd {
  /** `held`: the gate kept a batch back, and none failed. */
  readonly outcome: "success" | "failure" | "held";
  readonly durationMs: number;
  /** When, on the clock's scale. */
  readonly endedAtMs: number;
  readonly points: PointCounts;
  /** What the first failed batch's exporter said. */
  readonly error?: unknown;
}

/** How one batch ended. */
export interface BatchOutcome {
  readonly outcome: ExportEnd["outcome"];
  readonly points: number;
  /** Points that the receiver rejected of a batch that it took. */
  readonly rejected?: number;
  readonly error?: unknown;
}

/**
 * One export: all batches that a reader makes of one collection. It is a success when each of them is.
 * It has ended when the batches that ended held all points of the collection, or when the reader goes on
 * to the next one and none is under way.
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

  /** @param points how many the collection holds */
  constructor(points: number, onEnd: (end: ExportEnd) => void) {
    this.#points = points;
    this.#onEnd = onEnd;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** How it ended; undefined before, and where no batch of it was seen. */
  get result(): ExportEnd | undefined {
    return this.#end;
  }

  /** Whether the collection held nothing. */
  get isEmpty(): boolean {
    return this.#points === 0;
  }

  /** A batch is handed to the exporter. */
  begin(nowMs: number): void {
    if (!this.#hasBegun) this.#startedAtMs = nowMs;
    this.#hasBegun = true;
    this.#open += 1;
  }

  /** A batch that began has ended. */
  end(batch: BatchOutcome, nowMs: number): void {
    this.#open -= 1;
    this.#endedAtMs = nowMs;
    this.#seen += batch.points;
    this.#count(batch);
    this.#settle();
  }

  /** The reader goes on to the next collection: no further batch of this one comes. */
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
    // A collection of which no batch began, which a reader may leave out, is no export.
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
