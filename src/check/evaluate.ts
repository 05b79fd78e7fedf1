import type { Outcome, Status } from "./result.ts";
import type { Pace } from "./schedule.ts";

/** The rules for when the status of a check changes. */
export interface EvaluationSpec {
  /** How many runs in a row must not fail before a check that is down is up again. */
  readonly rise: number;
  /** How many runs in a row must fail before a check that is up is down; Infinity for no such rule. */
  readonly fall: number;
  /** Down, too, when `failures` of the last `size` runs failed. */
  readonly window?: { readonly failures: number; readonly size: number };
  /** Down, too, when every run has failed for this long, in milliseconds. */
  readonly maxErrorMs?: number;
}

/** The status after the results so far. Pure data: {@link evaluate} computes the next from a result. */
export interface Evaluation {
  readonly status: Status;
  /** Runs that failed in a row, up to now. */
  readonly failures: number;
  /** Runs that did not fail in a row, up to now. */
  readonly successes: number;
  /** When the first of the failures in a row was found. */
  readonly failingSinceMs?: number;
  /** Whether each of the last runs failed, the newest last; as many as the window needs. */
  readonly recent: readonly boolean[];
}

/** Before the first result. */
export const NO_RESULTS: Evaluation = Object.freeze({
  status: "unknown",
  failures: 0,
  successes: 0,
  recent: [],
});

/**
 * The evaluation after an outcome at `nowMs`. An unknown outcome changes nothing. The first known outcome sets
 * the status, without `rise` and `fall`.
 */
export function evaluate(
  spec: EvaluationSpec,
  before: Evaluation,
  outcome: Outcome,
  nowMs: number,
): Evaluation {
  if (outcome === "unknown") return before;
  const failed = outcome === "fail";
  const recent = [...before.recent, failed].slice(-(spec.window?.size ?? 1));
  if (!failed) {
    const successes = before.successes + 1;
    const up = before.status !== "fail" || (successes >= spec.rise && !windowFull(spec, recent));
    return { status: up ? outcome : "fail", failures: 0, successes, recent };
  }
  const failures = before.failures + 1;
  const failingSinceMs = before.failingSinceMs ?? nowMs;
  const down =
    before.status === "unknown" ||
    before.status === "fail" ||
    failures >= spec.fall ||
    windowFull(spec, recent) ||
    nowMs - failingSinceMs >= (spec.maxErrorMs ?? Infinity);
  return { status: down ? "fail" : before.status, failures, successes: 0, failingSinceMs, recent };
}

/** How fast a check with this evaluation runs. */
export function paceOf({ status, failures, successes }: Evaluation): Pace {
  if (status === "fail") return successes === 0 ? "down" : "failing";
  return failures === 0 ? "steady" : "failing";
}

function windowFull(spec: EvaluationSpec, recent: readonly boolean[]): boolean {
  if (spec.window === undefined) return false;
  return recent.filter(Boolean).length >= spec.window.failures;
}
