import { InvalidOptionError } from "../shared/errors.ts";
import { numberOption, optionsObject } from "../shared/options.ts";

/** How long a shutdown may take. */
export interface ShutdownOptions {
  /**
   * The time for all of it, in milliseconds, a day at most. Of several calls the earliest deadline
   * holds. @default 8000
   */
  readonly timeoutMs?: number | undefined;
  /**
   * Calls off the last export, and whatever else may be left out: the number is still handed back, for
   * which a quarter of the time is kept. @default none
   */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Shorter than the 10 seconds after which Docker and Cloud Run kill, and short enough for Kubernetes'
 * 30, of which the drain of a server takes up to 15 by default.
 */
export const DEFAULT_TIMEOUT_MS = 8_000;

const DAY_MS = 86_400_000;

/**
 * The checked options of a shutdown.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function shutdownOptions(options: ShutdownOptions | undefined): ShutdownOptions {
  const { timeoutMs, signal } = optionsObject("shutdown", options, ["timeoutMs", "signal"]);
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new InvalidOptionError("shutdown.signal", "an AbortSignal", signal);
  }
  return {
    timeoutMs: timeoutMs && timeoutOption("shutdown.timeoutMs", timeoutMs, DEFAULT_TIMEOUT_MS),
    signal,
  };
}

/** A time limit in milliseconds, a day at most. */
export function timeoutOption(option: string, value: unknown, byDefault: number): number {
  return numberOption(option, value, { min: 0, max: DAY_MS, default: byDefault });
}
