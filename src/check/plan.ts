import { CheckKillTimeoutError, CheckTimeoutError } from "./errors.ts";
import type { EvaluationSpec } from "./evaluate.ts";
import type { CheckFunction, CheckResult, Status } from "./result.ts";
import type { ScheduleSpec } from "./schedule.ts";

/** What to run, how often, and how its results are judged. */
export interface CheckPlan {
  /** For messages. */
  readonly name: string;
  readonly check: CheckFunction;
  readonly timeoutMs: number;
  /** How long the function may go on after its signal aborted before it is given up. */
  readonly killTimeoutMs: number;
  /** A run that passes but takes longer than this is a warning. @default Infinity */
  readonly slowMs?: number;
  readonly schedule: ScheduleSpec;
  readonly evaluation: EvaluationSpec;
  /** Asked before each scheduled run; false leaves it out. @default true */
  readonly mayRun?: () => boolean;
  /** What results carry for a timeout. @default the engine's own errors */
  readonly errors?: {
    readonly timeout: () => Error;
    readonly killTimeout: () => Error;
  };
}

/**
 * What took most of the time in which runs were dropped: the run before (`overlap`), the wait for a slot
 * (`concurrency`), or an event loop that stood still (`late`).
 */
export type DropCause = "overlap" | "concurrency" | "late";

/** The observer of a check. If a method throws, the error is reported and goes no further. */
export interface CheckListener {
  /** There is a new result; `before` is the status that was. */
  onResult?(result: CheckResult, before: Status): void;
  /** The function was called for a scheduled run, so many milliseconds after its time. */
  onBegan?(delayMs: number): void;
  /** A scheduled run was left out, because the plan's `mayRun` said so. */
  onSkipped?(): void;
  /** So many scheduled runs were dropped, because their time had passed. */
  onDropped?(runs: number, why: DropCause): void;
  /** We stopped waiting for a run whose function still continues. */
  onAbandoned?(error: Error): void;
}

/** What a result carries when the check did not answer in time. */
export function timeoutError({ name, timeoutMs, errors }: CheckPlan): Error {
  return errors?.timeout() ?? new CheckTimeoutError(name, timeoutMs);
}

/** The message about a check that ignores its signal. */
export function killTimeoutError({ name, killTimeoutMs, errors }: CheckPlan): Error {
  return errors?.killTimeout() ?? new CheckKillTimeoutError(name, killTimeoutMs);
}
