import {
  type Emit,
  eventEmitter,
  type EventSink,
  type EventSinkProvider,
} from "../shared/events.ts";
import { messageOf } from "../shared/errors.ts";
import { Listeners } from "../shared/listeners.ts";
import type { Reporter } from "../shared/report.ts";
import { events } from "./events.ts";
import type { FlushResult, FlushState, FlushStep } from "./policy.ts";

/** No flush has succeeded for more than five intervals. */
export interface FlushSilence {
  /** The time since the last success; before the first one, since flushes are on. */
  readonly ageMs: number;
  /** Flushes that were tried since then: after a night without requests a single one. */
  readonly attempts: number;
  readonly reason: "no_number" | "failing";
  /** What the last of them failed with. */
  readonly lastFailure: string | undefined;
}

/** The end of a {@link FlushSilence}. */
export interface FlushRecovery {
  /** From the last success before to this one. */
  readonly silentMs: number;
}

/** What can be followed. */
export type FlushEvents = {
  /** Flushes have not succeeded for too long. */
  readonly silent: FlushSilence;
  /** One succeeded again after that. */
  readonly recovered: FlushRecovery;
};

interface Circumstances {
  readonly nowMs: number;
  readonly error: unknown;
  /** What is told was told at the time limit. */
  readonly isOverdue: boolean;
}

/** Says what becomes of flushes: each cause of trouble once, and its end. */
export class FlushNews {
  readonly #report: Reporter;
  readonly #emit: Emit<keyof typeof events>;
  readonly #listeners: Listeners<FlushEvents>;

  constructor(report: Reporter, sink: EventSink | EventSinkProvider | undefined) {
    this.#report = report;
    this.#emit = eventEmitter("flush", events, sink);
    this.#listeners = new Listeners("flusher", report);
  }

  on<E extends keyof FlushEvents>(
    event: E,
    listener: (detail: FlushEvents[E]) => void,
  ): () => void {
    return this.#listeners.on(event, listener);
  }

  /** A flush ended so, which took `before` to `step`. */
  tell(result: FlushResult, before: FlushState, step: FlushStep, now: Circumstances): void {
    const { state, news } = step;
    if (result === "flushed") this.#recovered(before, news === "recovered", now.nowMs);
    else if (news === "silent") this.#silent(result, state, now);
    else if (!now.isOverdue) this.#unsuccessful(result, state, now);
  }

  #unsuccessful(result: FlushResult, { nextMs }: FlushState, now: Circumstances): void {
    const next = `the next one is due in ${seconds(nextMs - now.nowMs)}`;
    if (result === "no_number") {
      this.#report.warnOnce(
        "no_number",
        `There is no task number yet, so nothing was exported; ${next}`,
      );
    } else {
      this.#report.warnOnce("failed", `A flush failed; ${next}`, now.error);
    }
  }

  #silent(result: FlushResult, { lastSuccessMs, attempts }: FlushState, now: Circumstances): void {
    const silence: FlushSilence = {
      ageMs: now.nowMs - lastSuccessMs,
      attempts,
      reason: result === "no_number" ? "no_number" : "failing",
      lastFailure: result === "failed" ? messageOf(now.error) : undefined,
    };
    const body =
      `No flush has succeeded for ${seconds(silence.ageMs)}, in ${attempts} attempts: ` +
      (silence.lastFailure ?? "the allocator has no task number for this process");
    this.#report.errorOnce("silent", body, now.error);
    this.#emit("silent", "error", body, {
      "taskmon.reason": silence.reason,
      "taskmon.flush.age": silence.ageMs / 1_000,
      "taskmon.flush.attempts": attempts,
      "taskmon.flush.last_failure": silence.lastFailure,
    });
    this.#listeners.emit("silent", silence);
  }

  #recovered(before: FlushState, wasSilent: boolean, nowMs: number): void {
    const silentMs = nowMs - before.lastSuccessMs;
    const body = `Flushes succeed again, after ${seconds(silentMs)}`;
    for (const cause of ["failed", "no_number", "silent"]) this.#report.recovered(cause, body);
    if (!wasSilent) return;
    this.#emit("recovered", "info", body, { "taskmon.flush.age": silentMs / 1_000 });
    this.#listeners.emit("recovered", { silentMs });
  }
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}
