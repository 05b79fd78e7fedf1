import type { Clock } from "../shared/clock.ts";
import { TaskmonError } from "../shared/errors.ts";
import type { ExportPermit } from "./export-permit.ts";
import { type DeliveryOutcome, deliveryOfResult, outcomeOfBoth } from "./delivery-outcome.ts";
import type { HoldReason } from "./gate.ts";
import type { ResourceMetricsLike } from "../points/types.ts";
import type { AttemptResponse } from "../sdk/otlp-exporter.ts";
import { byRule } from "./retry-rule.ts";
import type { ExportResultLike } from "../sdk/types.ts";

/** An export was cut off: it could have outlived the lease of its number. */
export class ExportCutError extends TaskmonError {
  readonly code = "ERR_TASKMON_EXPORT_CUT";
}

/**
 * One batch on its way through an exporter, from its first attempt to its end: an answer, or the
 * moment from which on it must not be sent any more.
 */
export class ExportInFlight {
  readonly #permit: ExportPermit;
  readonly #batch: ResourceMetricsLike;
  readonly #clock: Clock;
  readonly #done: (result: ExportResultLike) => void;
  readonly #limitMs: number;
  readonly #cancelLimit: (() => void) | undefined;
  readonly #onLost = (): void => this.#cut("The task number was lost during the export");
  readonly #cuts = new Set<(error: Error) => void>();
  /** Attempts ask at their beginning, so that none that was not seen can have been made. */
  readonly #attemptsAreSeen: boolean;
  #delivery: DeliveryOutcome = "not_received";
  #underWay = 0;
  #stopped: HoldReason | "cut" | undefined;
  /** Attempts that were answered. */
  #retries = 0;
  #lastError: unknown;
  #ended = false;

  constructor(
    permit: ExportPermit,
    batch: ResourceMetricsLike,
    clock: Clock,
    attemptsAreSeen: boolean,
    done: (result: ExportResultLike) => void,
  ) {
    this.#permit = permit;
    this.#batch = batch;
    this.#clock = clock;
    this.#attemptsAreSeen = attemptsAreSeen;
    this.#done = done;
    const { exportTimeoutMs, signal } = permit;
    this.#limitMs = clock.now() + exportTimeoutMs;
    if (Number.isFinite(exportTimeoutMs)) {
      this.#cancelLimit = clock.after(exportTimeoutMs, () =>
        this.#cut(`The export took longer than ${exportTimeoutMs} ms`),
      );
    }
    signal?.addEventListener("abort", this.#onLost, { once: true });
    permit.handed(batch, {
      cut: (message) => this.#cut(message),
      stopWaiting: () => this.#stopWaiting(),
    });
  }

  /** The time that is left to it. */
  get remainingMs(): number {
    return Math.max(0, this.#limitMs - this.#clock.now());
  }

  /** Throws where no byte may leave any more. Asked last thing before some do. */
  check(): void {
    if (this.#ended) throw new ExportCutError("The export ended meanwhile");
    const reason = this.remainingMs === 0 ? "lease_ending" : this.#permit.refusal(this.remainingMs);
    if (reason === undefined) return;
    this.#stopped = reason;
    throw new ExportCutError(`The export was held: ${reason}`);
  }

  /** An attempt begins. @returns to be called with what became of it */
  attempt(): (delivery: DeliveryOutcome) => void {
    this.#underWay += 1;
    return (delivery) => {
      this.#underWay -= 1;
      this.#delivery = outcomeOfBoth(this.#delivery, delivery);
    };
  }

  /** What a transport makes of the answer to an attempt: whether it tries again, and when. */
  answer(response: AttemptResponse): AttemptResponse {
    this.#lastError = response.error;
    const answer = byRule(response, this.#permit.retryRule(), this.#retries);
    this.#retries += 1;
    return answer;
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
    this.#finish(known ? deliveryOfResult(result) : this.#delivery, result, rejected);
  }

  #cut(message: string): void {
    if (this.#ended) return;
    this.#stopped ??= "cut";
    const mayHaveArrived = this.#underWay > 0 || !this.#attemptsAreSeen;
    const delivery =
      mayHaveArrived && this.#delivery === "not_received" ? "unknown" : this.#delivery;
    const error = new ExportCutError(message);
    this.#finish(delivery, { code: 1, error });
    for (const cut of this.#cuts) cut(error);
  }

  /** Its transport finds that it has ended when it wakes up. */
  #stopWaiting(): void {
    if (this.#ended || this.#retries === 0 || this.#underWay > 0) return;
    const error =
      this.#lastError instanceof Error
        ? this.#lastError
        : new Error("The receiver asked to be tried again later");
    this.#finish(this.#delivery, { code: 1, error });
  }

  #finish(delivery: DeliveryOutcome, result: ExportResultLike, rejected = 0): void {
    this.#ended = true;
    this.#cancelLimit?.();
    this.#permit.signal?.removeEventListener("abort", this.#onLost);
    const { error } = result;
    this.#permit.ended(this.#batch, { delivery, stopped: this.#stopped, error, rejected });
    this.#done(result);
  }
}
