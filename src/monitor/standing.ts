import { evaluate, type Evaluation, type EvaluationSpec, NO_RESULTS } from "../check/evaluate.ts";
import type { MonitorProbeError } from "./errors.ts";

/** The state of a service: `unknown` before its first probe. */
export type ServiceState = "unknown" | "up" | "down";

/** The rules for how long a state stays valid. */
export interface StandingRules {
  /** How long "up" stays valid, including the last millisecond. 0: not at all. */
  readonly graceMs: number;
  /** How long "down" stays valid, so that not every request causes a probe. 0: not at all. */
  readonly floorMs: number;
  /** How many forwards in a row must fail before "up" is discarded. */
  readonly passiveFall: number;
  readonly evaluation: EvaluationSpec;
}

/** The cached state of a service. Pure data: the functions below compute the next state after an event. */
export interface Standing {
  readonly state: ServiceState;
  /** Why the last probe could not run, if that is the reason for the state. */
  readonly error?: MonitorProbeError;
  /** Until then the state is valid, and no probe is needed. */
  readonly heldUntilMs: number;
  /** When the state was last set, by a probe or by `setUp`. */
  readonly stampedAtMs: number;
  readonly evaluation: Evaluation;
  /** Forwards that failed in a row. */
  readonly failedForwards: number;
}

/** The result of a probe. */
export interface ProbeFinding {
  readonly up: boolean;
  /** Set if the probe could not run. */
  readonly error?: MonitorProbeError;
}

/** Before the first probe. */
export const NOTHING_KNOWN: Standing = Object.freeze({
  state: "unknown",
  heldUntilMs: -Infinity,
  stampedAtMs: -Infinity,
  evaluation: NO_RESULTS,
  failedForwards: 0,
});

/** Whether the state is still valid: "up" including the last millisecond of its grace, "down" excluding it. */
export function isHeld({ state, heldUntilMs }: Standing, nowMs: number): boolean {
  return state === "up" ? nowMs <= heldUntilMs : nowMs < heldUntilMs;
}

/** The state after a probe that ended at `nowMs`. */
export function probed(
  rules: StandingRules,
  before: Standing,
  { up, error }: ProbeFinding,
  nowMs: number,
): Standing {
  const outcome = up ? "pass" : "fail";
  const evaluation = evaluate(rules.evaluation, before.evaluation, outcome, nowMs);
  const isUp = evaluation.status === "pass";
  return {
    state: isUp ? "up" : "down",
    ...(!isUp && error !== undefined && { error }),
    // If the result contradicts the state, probe again soon.
    heldUntilMs: holdUntil(up && isUp ? rules.graceMs : rules.floorMs, nowMs),
    stampedAtMs: nowMs,
    evaluation,
    failedForwards: 0,
  };
}

/** The state after `setUp`. */
export function setUp(rules: StandingRules, nowMs: number): Standing {
  return {
    state: "up",
    heldUntilMs: holdUntil(rules.graceMs, nowMs),
    stampedAtMs: nowMs,
    evaluation: { ...NO_RESULTS, status: "pass", successes: rules.evaluation.rise },
    failedForwards: 0,
  };
}

/**
 * The state after a forwarded request failed. "up" is discarded, but not within the floor after its probe: if
 * a service accepts connections but answers no request, each new TCP probe would find it up again.
 */
export function forwardFailed(rules: StandingRules, before: Standing): Standing {
  if (before.state !== "up") return before;
  const failedForwards = before.failedForwards + 1;
  if (failedForwards < rules.passiveFall) return { ...before, failedForwards };
  const lapsesAtMs = holdUntil(rules.floorMs, before.stampedAtMs);
  return { ...before, failedForwards, heldUntilMs: Math.min(before.heldUntilMs, lapsesAtMs) };
}

/** The state after a forwarded request was answered. */
export function forwardAnswered(before: Standing): Standing {
  return before.failedForwards === 0 ? before : { ...before, failedForwards: 0 };
}

function holdUntil(holdMs: number, fromMs: number): number {
  return holdMs === 0 ? -Infinity : fromMs + holdMs;
}
