import type { AppError } from "../errors/app-error.ts";

/**
 * What became of a service at the end. `hung`: it did not end in time, and nobody waits for it;
 * `unreached`: others that depend on it hung, so that it was told only when time was up.
 */
export type StopOutcome = "stopped" | "failed" | "hung" | "unreached" | "not_alive";

/** The result of stopping a service. */
export interface ServiceStop {
  readonly id: bigint;
  readonly name: string;
  readonly outcome: StopOutcome;
  readonly durationMs: number;
  readonly error?: AppError;
}
