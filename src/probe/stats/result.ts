import type { ProbeMeasurement, ProbeResult, Target } from "../contract.ts";
import type { TargetInput } from "../target.ts";

/** What came of a run: `unknown` proves nothing, because the event loop stood still meanwhile. */
export type ProbeOutcome = "pass" | "fail" | "unknown";

/** One result of a probe, as {@link StatsKeeper.record} takes it. */
export interface StatsResult extends Omit<ProbeResult, "success" | "details"> {
  /** Of what: a target, or the name of one that is listed. */
  readonly target: string | Target | TargetInput;
  /** Whether the target did what was asked. Left out: only `metrics` count. */
  readonly success?: boolean;
  /** Whether the run proves nothing; `success` is then passed over. @default false */
  readonly unknown?: boolean;
}

/** The same as an object that answers, as the original's `ProbeResult` does: only its metrics count. */
export interface ReportedResult {
  target(): string | TargetInput;
  metrics(): readonly ProbeMeasurement[];
}

/** Why a result was refused. */
export type RefusalReason =
  | "invalid"
  | "unknown_metric"
  | "wrong_labels"
  | "ambiguous_target"
  | "too_many_targets"
  | "too_many_results"
  | "closed";

/** What {@link StatsKeeper.record} says of a result that it did not take. Nothing of it was counted. */
export interface Refusal {
  readonly reason: RefusalReason;
  /** For people. */
  readonly message: string;
}

/** A result whose every part was checked, in the units of metrics. */
export interface CheckedResult {
  /** Undefined where only measurements count. */
  readonly outcome: ProbeOutcome | undefined;
  /** For `error.type`; absent unless the outcome is `fail`. */
  readonly errorType?: string;
  readonly latencyS?: number;
  /** Phases and their seconds. */
  readonly phases: readonly (readonly [phase: string, seconds: number])[];
  /** Validators, and whether each passed. */
  readonly validations: readonly (readonly [name: string, passed: boolean])[];
  readonly statusCode?: number;
  /** Unix times in seconds. */
  readonly leafNotAfterS?: number;
  readonly chainNotAfterS?: number;
  readonly measurements: readonly ProbeMeasurement[];
}
