import { evaluate, type Evaluation, type EvaluationSpec, NO_RESULTS } from "../check/evaluate.ts";
import type { MonitorProbeError } from "./errors.ts";

/** Where a service stands: `unknown` before its first probe. */
export type ServiceState = "unknown" | "up" | "down";

/** What decides for how long an answer holds. */
export interface StandingRules {
  /** How long an up holds, its last millisecond included. 0 for not at all. */
  readonly graceMs: number;
  /** How long a down holds, and whatever else is not to be asked anew at each request. */
  readonly floorMs: number;
  /** How many forwards in a row must fail before "up" is discarded. */
  readonly passiveFall: number;
  readonly evaluation: EvaluationSpec;
}

/** What is known of a service. Pure data: the functions below make the next from one and an event. */
export interface Standing {
  readonly state: ServiceState;
  /** Why the last probe could not be made, where the state rests on that. */
  readonly error?: MonitorProbeError;
  /** Until then the state is answered without a probe. */
  readonly heldUntilMs: number;
  /** When the state was last found or said. */
  readonly stampedAtMs: number;
  readonly evaluation: Evaluation;
  /** Forwards that failed in a row. */
  readonly failedForwards: number;
}

/** What a probe came to. */
export interface ProbeFinding {
  readonly up: boolean;
  /** Where the probe could not be made. */
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

/** Whether the state is answered without a probe: an up to the last millisecond of its grace, a down not quite. */
export function isHeld({ state, heldUntilMs }: Standing, nowMs: number): boolean {
  return state === "up" ? nowMs <= heldUntilMs : nowMs < heldUntilMs;
}

/** A probe that ended at `nowMs` found this. */
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
    // A finding that contradicts the state is soon followed up.
    heldUntilMs: holdUntil(up && isUp ? rules.graceMs : rules.floorMs, nowMs),
    stampedAtMs: nowMs,
    evaluation,
    failedForwards: 0,
  };
}

/** Someone knows that it is up. */
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
 * A forward failed as one to a dead service does. The up lapses, though not within the floor after its
 * probe: of a service that accepts connections and answers nothing else, the next probe says up again.
 */
export function forwardFailed(rules: StandingRules, before: Standing): Standing {
  if (before.state !== "up") return before;
  const failedForwards = before.failedForwards + 1;
  if (failedForwards < rules.passiveFall) return { ...before, failedForwards };
  const lapsesAtMs = holdUntil(rules.floorMs, before.stampedAtMs);
  return { ...before, failedForwards, heldUntilMs: Math.min(before.heldUntilMs, lapsesAtMs) };
}

/** A forward was answered. */
export function forwardAnswered(before: Standing): Standing {
  return before.failedForwards === 0 ? before : { ...before, failedForwards: 0 };
}

function holdUntil(holdMs: number, fromMs: number): number {
  return holdMs === 0 ? -Infinity : fromMs + holdMs;
}
