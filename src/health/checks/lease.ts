import { numberOption, optionsObject } from "../../shared/options.ts";
import { type DependencyCheck, dependencyCheck } from "./scoped.ts";

/** A lease of a task number, as `taskmon.task` shows it. */
export interface LeaseHealthView {
  readonly state: "unassigned" | "held" | "expired" | "released";
  /** The milliseconds until the deadline; zero while no number is held. */
  readonly remainingMs: number;
}

/** Options of {@link leaseCheck}. */
export interface LeaseCheckOptions {
  /**
   * Warns if less than this is left of the lease, in milliseconds: heartbeats are missing. @default 10000
   */
  readonly warnRemainingMs?: number;
  /** The status of a process without a number. @default "warn": the process works, and its metrics continue */
  readonly unnumbered?: "warn" | "fail";
}

/**
 * Checks whether this process holds its task number and renews it: the remaining lease shrinks with the age
 * of the last successful heartbeat.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function leaseCheck(lease: LeaseHealthView, options?: LeaseCheckOptions): DependencyCheck {
  const given = optionsObject("leaseCheck", options, ["warnRemainingMs", "unnumbered"]);
  const warnRemainingMs = numberOption("leaseCheck.warnRemainingMs", given.warnRemainingMs, {
    min: 0,
    max: 86_400_000,
    default: 10_000,
  });
  const unnumbered = given.unnumbered ?? "warn";
  return dependencyCheck(() => {
    const { state, remainingMs } = lease;
    const data = { state, remainingMs };
    if (state !== "held") {
      return { status: unnumbered, message: `no task number: ${state}`, data };
    }
    if (remainingMs >= warnRemainingMs) return { status: "pass", data };
    return { status: "warn", message: `the lease ends in ${Math.round(remainingMs)} ms`, data };
  });
}
