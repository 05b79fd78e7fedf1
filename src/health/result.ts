import type { Outcome } from "../check/result.ts";
import type { CheckState } from "./metrics.ts";

/** The last result of a health check. */
export interface HealthCheckResult {
  readonly name: string;
  readonly id: bigint;
  /** Its state: `unknown` before the first result, `paused` while it is paused. */
  readonly state: CheckState;
  /** The outcome of the last run; absent before the first. */
  readonly outcome?: Outcome;
  /** Why the last run failed. */
  readonly error?: Error;
  /** The message that the check returned in its last run. */
  readonly message?: string;
  /** The data that the check returned with it. */
  readonly data?: Readonly<Record<string, unknown>>;
  /** When the last run began, in milliseconds since the Unix epoch; later with every result. */
  readonly startedAt?: number;
  /** How long the last run took. */
  readonly durationMs?: number;
  /**
   * How many runs failed in a row: -1 before the first conclusive run, 0 while it does not fail.
   */
  readonly consecutiveFailures: number;
}
