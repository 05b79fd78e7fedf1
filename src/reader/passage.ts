import type { Clock } from "../shared/clock.ts";
import { TaskmonError } from "../shared/errors.ts";
import type { Clearance } from "./clearance.ts";
import { type Fate, fateOfResult } from "./fate.ts";
import type { HoldReason } from "./gate.ts";
import type { ExportResultLike, ResourceMetricsLike } from "./types.ts";

/** An export was cut off: it could have outlived the lease of its number. */
export class ExportCutError extends TaskmonError {
  readonly code = "ERR_TASKMON_EXPORT_CUT";
}

/**
 * One batch on its way through an exporter, from its first attempt to its end: an answer, or the
 * moment from which on it must not be sent any more.
 */
export class Passage {
  readonly #clearance: Clearance;
  readonly #batch: ResourceMetricsLike;
  readonly #clock: Clock;
  readonly #done: (result: ExportResultLike) => void;
  readonly #limitMs: number;
  readonly #cancelLimit: (() => void) | undefined;
  readonly #onLost = (): void => this.#cut("The task number was lost during the export");
  readonly #cuts = new Set<(error: Error) => void>();
  /** Attempts ask at their beginning, so that none that was not seen can have been made. */
  readonly #attemptsAreSeen: boolean;
  #fate: Fate = "not_received";
  #underWay = 0;
  #stopped: HoldReason | "cut" | undefined;
  #ended = false;

  constructor(
    clearance: Clearance,
    batch: ResourceMetricsLike,
    clock: Clock,
    attemptsAreSeen: boolean,
    done: (result: ExportResultLike) => void,
  ) {
    this.#clearance = clearance;
    this.#batch = batch;
    this.#clock = clock;
    this.#attemptsAreSeen = attemptsAreSeen;
    this.#done = done;
    const { exportTimeoutMs, signal } = clearance;
    this.#limitMs = clock.now() + exportTimeoutMs;
    if (Number.isFinite(exportTimeoutMs)) {
      this.#cancelLimit = clock.after(exportTimeoutMs, () =>
        this.#cut(`The export took longer than ${exportTimeoutMs} ms`),
      );
    }
    signal?.addEventListener("abort", this.#onLost, { once: true });
    clearance.handed(batch, (message) => this.#cut(message));
  }

  /** The time that is left to it. */
  get remainingMs(): number {
    return Math.max(0, this.#limitMs - this.#clock.now());
  }

  /** Throws where no byte may leave any more. Asked last thing before some do. */
  check(): void {
    if (this.#ended) throw new ExportCutError("The export ended meanwhile");
    const reason =
      this.remainingMs === 0 ? "lease_ending" : this.#clearance.refusal(this.remainingMs);
    if (reason === undefined) return;
    this.#stopped = reason;
    throw new ExportCutError(`The export was held: ${reason}`);
  }

  /** An attempt begins. @returns to be called with what became of it */
  attempt(): (fate: Fate) => void {
    this.#underWay += 1;
    return (fate) => {
      this.#underWay -= 1;
      if (fate === "received" || this.#fate === "not_received") this.#fate = fate;
    };
  }

  /** Calls `cut` when the export must end while what it stands for is under way. @returns to undo it */
  onCut(cut: (error: Error) => void): () => void {
    this.#cuts.add(cut);
    return () => void this.#cuts.delete(cut);
  }

  /** The exporter reports its end, of a batch of which the receiver rejected so many points. */
  end(result: ExportResultLike, rejected = 0): void {
    if (this.#ended) return;
    const known = result.code === 0 || !this.#attemptsAreSeen;
    this.#finish(known ? fateOfResult(result) : this.#fate, result, rejected);
  }

  #cut(message: string): void {
    if (this.#ended) return;
    this.#stopped ??= "cut";
    const mayHaveArrived = this.#underWay > 0 || !this.#attemptsAreSeen;
    const fate = mayHaveArrived && this.#fate === "not_received" ? "unknown" : this.#fate;
    const error = new ExportCutError(message);
    this.#finish(fate, { code: 1, error });
    for (const cut of this.#cuts) cut(error);
  }

  #finish(fate: Fate, result: ExportResultLike, rejected = 0): void {
    this.#ended = true;
    this.#cancelLimit?.();
    this.#clearance.signal?.removeEventListener("abort", this.#onLost);
    const { error } = result;
    this.#clearance.ended(this.#batch, { fate, stopped: this.#stopped, error, rejected });
    this.#done(result);
  }
}
