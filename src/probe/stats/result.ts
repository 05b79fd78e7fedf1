import type { ProbeMeasurement, ProbeResult, Target } from "../contract.ts";
import type { TargetInput } from "../target.ts";

/** The outcome of a run. `unknown`: inconclusive, because the event loop was blocked meanwhile. */
export type ProbeOutcome = "pass" | "fail" | "unknown";

/** One result of a probe, as {@link StatsKeeper.record} takes it. */
export interface StatsResult extends Omit<ProbeResult, "success" | "details"> {
  /** The target, or the name of a listed target. */
  readonly target: string | Target | TargetInput;
  /** Whether the probe succeeded. If absent, only `metrics` count. */
  readonly success?: boolean;
  /** Whether the run is inconclusive; `success` is then ignored. @default false */
  readonly unknown?: boolean;
}

/** A result as an object with methods, like cloudprober's `ProbeResult`: only its metrics count. */
export interface ReportedResult {
  target(): string | TargetInput;
  metrics(): readonly ProbeMeasurement[];
}

/** Why a result was rejected. */
export type RefusalReason =
  | "invalid"
  | "unknown_metric"
  | "wrong_labels"
  | "ambiguous_target"
  | "too_many_targets"
  | "too_many_results"
  | "closed";

/** The answer of {@link StatsKeeper.record} for a rejected result. Nothing of it was counted. */
export interface Refusal {
  readonly reason: RefusalReason;
  /** For people. */
  readonly message: string;
}

/** A result whose every part was checked, in the units of metrics. */
export interface CheckedResult {
  /** Undefined if only measurements count. */
  readonly outcome: ProbeOutcome | undefined;
  /** The value of `error.type`; absent unless the outcome is `fail`. */
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
