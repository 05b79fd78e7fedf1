import { InvalidOptionError } from "../shared/errors.ts";
import { numberOption, optionsObject } from "../shared/options.ts";

/** How long a shutdown may take. */
export interface ShutdownOptions {
  /**
   * The time limit for the whole shutdown, in milliseconds, at most a day. With several calls, the earliest
   * deadline counts. @default 8000
   */
  readonly timeoutMs?: number | undefined;
  /**
   * Cancels the last export and every other step that can be skipped. The number is still handed back: a
   * quarter of the time is reserved for that. @default none
   */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Shorter than the 10 seconds of Docker and Cloud Run, and than what a server's drain (15 seconds by
 * default) leaves of Kubernetes' 30.
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

/** A time limit in milliseconds, at most a day. */
export function timeoutOption(option: string, value: unknown, byDefault: number): number {
  return numberOption(option, value, { min: 0, max: DAY_MS, default: byDefault });
}
