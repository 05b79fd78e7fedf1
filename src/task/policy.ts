import { InvalidOptionError } from "../shared/errors.ts";
import { integerOption, numberOption, optionsObject } from "../shared/options.ts";

/** How a task number is leased. The defaults suit a fleet; use shorter times in tests and demos. */
export interface LeaseOptions {
  /** How long the process relies on its number after the last successful heartbeat. @default 60000 */
  readonly leaseMs?: number;
  /** The time between heartbeats, each 10 % earlier or later. @default a third of the lease */
  readonly heartbeatMs?: number;
  /** The longest that one heartbeat waits for its answer. @default 5000, at most the heartbeat */
  readonly requestTimeoutMs?: number;
  /**
   * The time limit of one export. No export begins when less than this is left of the lease. @default
   * 10000, at most a sixth of the lease
   */
  readonly exportTimeoutMs?: number;
  /**
   * How much longer than the lease the allocator keeps the number. @default the export timeout plus a third
   * of the lease
   */
  readonly graceMs?: number;
  /** How long a number rests after it was handed back. @default the export timeout */
  readonly quarantineMs?: number;
  /** Numbers are below this limit. @default 65536 */
  readonly maxTasks?: number;
  /**
   * How long push readers wait for a number, in milliseconds. After that they export under the process's
   * own identity until there is a number. With `Infinity` they never export without one. @default 90000
   */
  readonly unnumberedHoldMs?: number;
}

/** The checked lease options, and what follows from them. */
export interface LeasePolicy extends Required<LeaseOptions> {
  /** How long the allocator keeps a number after a heartbeat, by its own clock. */
  readonly holdMs: number;
}

/** We assume that clocks drift by at most 1 % against true time. */
export const DRIFT = 0.01;
/** Heartbeats come up to 10 % earlier or later than the interval says. */
export const JITTER = 0.1;

const DAY_MS = 86_400_000;

/**
 * The lease policy from its options.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` for a value out of bounds, or for values under
 *   which a number could get lost or be exported by two processes.
 */
export function leasePolicy(options?: LeaseOptions): LeasePolicy {
  const given = optionsObject("lease", options, [
    "leaseMs",
    "heartbeatMs",
    "requestTimeoutMs",
    "exportTimeoutMs",
    "graceMs",
    "quarantineMs",
    "maxTasks",
    "unnumberedHoldMs",
  ]);
  const ms = (name: keyof LeaseOptions, min: number, byDefault: number): number =>
    numberOption(`lease.${name}`, given[name], { min, max: DAY_MS, default: byDefault });

  const leaseMs = ms("leaseMs", 500, 60_000);
  const heartbeatMs = ms("heartbeatMs", 50, leaseMs / 3);
  const requestTimeoutMs = ms("requestTimeoutMs", 10, Math.min(5_000, heartbeatMs));
  const exportTimeoutMs = ms("exportTimeoutMs", 10, Math.min(10_000, leaseMs / 6));
  const graceMs = ms("graceMs", 0, exportTimeoutMs + leaseMs / 3);
  const quarantineMs = ms("quarantineMs", 0, exportTimeoutMs);
  const maxTasks = integerOption("lease.maxTasks", given.maxTasks, {
    min: 1,
    max: 1_000_000,
    default: 65_536,
  });
  const unnumberedHoldMs =
    given.unnumberedHoldMs === Infinity ? Infinity : ms("unnumberedHoldMs", 0, 90_000);
  if (heartbeatMs * (1 + JITTER) + exportTimeoutMs >= leaseMs) {
    throw new InvalidOptionError(
      "lease.leaseMs",
      `longer than a late heartbeat and an export (${heartbeatMs * (1 + JITTER)} + ` +
        `${exportTimeoutMs} ms), so that exports do not stop between heartbeats`,
      leaseMs,
    );
  }
  if (graceMs < exportTimeoutMs) {
    throw new InvalidOptionError(
      "lease.graceMs",
      `at least exportTimeoutMs (${exportTimeoutMs}), so that a number does not pass on during an export`,
      graceMs,
    );
  }
  return {
    leaseMs,
    heartbeatMs,
    requestTimeoutMs,
    exportTimeoutMs,
    graceMs,
    quarantineMs,
    maxTasks,
    unnumberedHoldMs,
    // The process's clock may be slow and the allocator's fast, each by the drift.
    holdMs: Math.ceil((leaseMs * (1 + DRIFT)) / (1 - DRIFT) + graceMs),
  };
}
