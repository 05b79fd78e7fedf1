import { CheckKillTimeoutError, CheckTimeoutError } from "./errors.ts";
import type { EvaluationSpec } from "./evaluate.ts";
import type { CheckFunction, CheckResult, Status } from "./result.ts";
import type { ScheduleSpec } from "./schedule.ts";

/** What to run, how often, and how to evaluate the results. */
export interface CheckPlan {
  /** For messages. */
  readonly name: string;
  readonly check: CheckFunction;
  readonly timeoutMs: number;
  /** How long the function may continue after its signal aborted before we stop waiting for it. */
  readonly killTimeoutMs: number;
  /** A run that passes but takes longer than this is a warning. @default Infinity */
  readonly slowMs?: number;
  readonly schedule: ScheduleSpec;
  readonly evaluation: EvaluationSpec;
  /** Called before each scheduled run; false skips the run. @default true */
  readonly mayRun?: () => boolean;
  /** The errors for timeouts in results. @default the engine's own errors */
  readonly errors?: {
    readonly timeout: () => Error;
    readonly killTimeout: () => Error;
  };
}

/**
 * Why runs were dropped: the previous run took too long (`overlap`), or the wait for a slot (`concurrency`), or
 * the event loop was blocked (`late`).
 */
export type DropCause = "overlap" | "concurrency" | "late";

/** The observer of a check. If a method throws, the error is reported and goes no further. */
export interface CheckListener {
  /** There is a new result; `before` is the previous status. */
  onResult?(result: CheckResult, before: Status): void;
  /** The function was called for a scheduled run, `delayMs` after its scheduled time. */
  onBegan?(delayMs: number): void;
  /** A scheduled run was skipped, because the plan's `mayRun` returned false. */
  onSkipped?(): void;
  /** Scheduled runs were dropped, because their time had passed. */
  onDropped?(runs: number, why: DropCause): void;
  /** We stopped waiting for a run whose function still continues. */
  onAbandoned?(error: Error): void;
}

/** The error of a check that did not answer in time. */
export function timeoutError({ name, timeoutMs, errors }: CheckPlan): Error {
  return errors?.timeout() ?? new CheckTimeoutError(name, timeoutMs);
}

/** The error of a check that ignores its signal. */
export function killTimeoutError({ name, killTimeoutMs, errors }: CheckPlan): Error {
  return errors?.killTimeout() ?? new CheckKillTimeoutError(name, killTimeoutMs);
}
