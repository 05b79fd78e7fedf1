import {
  type Emit,
  eventEmitter,
  type EventSink,
  type EventSinkProvider,
} from "../shared/events.ts";
import { messageOf } from "../shared/errors.ts";
import type { Reporter } from "../shared/report.ts";
import { events } from "./events.ts";
import type { FlushResult, FlushState, FlushStep } from "./policy.ts";

interface Circumstances {
  readonly nowMs: number;
  readonly error: unknown;
  /** It was already reported at the time limit. */
  readonly isOverdue: boolean;
}

/** Reports the outcome of flushes: each cause of trouble once, and its end. */
export class FlushNews {
  readonly #report: Reporter;
  readonly #emit: Emit<keyof typeof events>;

  constructor(report: Reporter, sink: EventSink | EventSinkProvider | undefined) {
    this.#report = report;
    this.#emit = eventEmitter("flush", events, sink);
  }

  /** A flush ended, which changed the state from `before` to `step`. */
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

  #silent(
    result: FlushResult,
    { lastSuccessMs, attempts }: FlushState,
    { nowMs, error }: Circumstances,
  ): void {
    const age = nowMs - lastSuccessMs;
    const lastFailure = result === "failed" ? messageOf(error) : undefined;
    const body =
      `No flush has succeeded for ${seconds(age)}, in ${attempts} attempts: ` +
      (lastFailure ?? "the allocator has no task number for this process");
    this.#report.errorOnce("silent", body, error);
    this.#emit("silent", "error", body, {
      "taskmon.reason": result === "no_number" ? "no_number" : "failing",
      "taskmon.flush.age": age / 1_000,
      "taskmon.flush.attempts": attempts,
      "taskmon.flush.last_failure": lastFailure,
    });
  }

  #recovered(before: FlushState, wasSilent: boolean, nowMs: number): void {
    const silentMs = nowMs - before.lastSuccessMs;
    const body = `Flushes succeed again, after ${seconds(silentMs)}`;
    for (const cause of ["failed", "no_number", "silent"]) this.#report.recovered(cause, body);
    if (!wasSilent) return;
    this.#emit("recovered", "info", body, { "taskmon.flush.age": silentMs / 1_000 });
  }
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}
