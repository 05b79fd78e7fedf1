import type { Outcome } from "../check/result.ts";
import type { CheckState } from "./metrics.ts";

/** What is known of a health check. */
export interface HealthCheckResult {
  readonly name: string;
  readonly id: bigint;
  /** Where it stands: `unknown` before the first result, `paused` while it is paused. */
  readonly state: CheckState;
  /** What the last run found; absent before the first. */
  readonly outcome?: Outcome;
  /** Why the last run failed. */
  readonly error?: Error;
  /** What the check said of its last run. */
  readonly message?: string;
  /** What the check gave with it. */
  readonly data?: Readonly<Record<string, unknown>>;
  /** When the last run began, in milliseconds since the Unix epoch; later with every result. */
  readonly startedAt?: number;
  /** How long the last run took. */
  readonly durationMs?: number;
  /**
   * How many runs failed in a row: -1 before the first run that proved something, 0 while it does not fail.
   */
  readonly consecutiveFailures: number;
}
