import type { Clock } from "../shared/clock.ts";
import { TaskmonError } from "../shared/errors.ts";
import type { ExportPermit } from "./export-permit.ts";
import { type DeliveryOutcome, deliveryOfResult, outcomeOfBoth } from "./delivery-outcome.ts";
import type { HoldReason } from "./gate.ts";
import type { ResourceMetricsLike } from "../points/types.ts";
import type { AttemptResponse } from "../sdk/otlp-exporter.ts";
import { byRule } from "./retry-rule.ts";
import type { ExportResultLike } from "../sdk/types.ts";

/** An export was cut off, because it could have outlived the lease of its number. */
export class ExportCutError extends TaskmonError {
  readonly code = "ERR_TASKMON_EXPORT_CUT";
}

/**
 * One batch in an exporter, from its first attempt to its end: an answer, or the moment after which it must
 * not be sent any more.
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
  /** Whether each attempt calls us at its beginning, so that no attempt goes unseen. */
  readonly #attemptsAreSeen: boolean;
  #delivery: DeliveryOutcome = "not_received";
  #underWay = 0;
  #stopped: HoldReason | "cut" | undefined;
  /** The number of attempts that were answered. */
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

  /** The remaining time. */
  get remainingMs(): number {
    return Math.max(0, this.#limitMs - this.#clock.now());
  }

  /** Throws if nothing may be sent any more. Call it just before bytes are sent. */
  check(): void {
    if (this.#ended) throw new ExportCutError("The export has already ended");
    const reason = this.remainingMs === 0 ? "lease_ending" : this.#permit.refusal(this.remainingMs);
    if (reason === undefined) return;
    this.#stopped = reason;
    throw new ExportCutError(`The export was held: ${reason}`);
  }

  /**
   * Starts an attempt.
   * @returns a function that takes the outcome of the attempt
   */
  attempt(): (delivery: DeliveryOutcome) => void {
    this.#underWay += 1;
    return (delivery) => {
      this.#underWay -= 1;
      this.#delivery = outcomeOfBoth(this.#delivery, delivery);
    };
  }

  /** Returns the response for the transport, which decides whether it tries again, and when. */
  answer(response: AttemptResponse): AttemptResponse {
    this.#lastError = response.error;
    const answer = byRule(response, this.#permit.retryRule(), this.#retries);
    this.#retries += 1;
    return answer;
  }

  /**
   * Calls `cut` if the export is cut off.
   * @returns a function that removes the callback
   */
  onCut(cut: (error: Error) => void): () => void {
    this.#cuts.add(cut);
    return () => void this.#cuts.delete(cut);
  }

  /**
   * Called when the exporter reports the end of the batch. `rejected` is the number of points that the
   * receiver rejected.
   */
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

  /** Ends the export if it waits for the next attempt. The transport notices it when it wakes up. */
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
