import { TaskmonError } from "../shared/errors.ts";
import { integerOption, optionsObject } from "../shared/options.ts";
import type { HousekeepingReport, TaskNumAllocator } from "./allocator.ts";
import type { LeaseOptions } from "./policy.ts";
import type { Target } from "./target.ts";

/** Options of {@link assignTaskNumbers}. */
export interface AssignTaskNumbersOptions {
  /** The target whose numbers are assigned. @default all targets in the store */
  readonly target?: Target;
  /** The most numbers to assign in one transaction, 1 to 10,000. @default 500 */
  readonly batchSize?: number;
  /** Aborts the work between two transactions, and the running transaction if the store can. */
  readonly signal?: AbortSignal;
}

/** The allocator has no housekeeping: its store frees expired numbers by itself. */
export class NoHousekeepingError extends TaskmonError {
  readonly code = "ERR_TASKMON_NO_HOUSEKEEPING";

  constructor(allocator: string) {
    super(`The ${allocator} allocator has no housekeeping and needs none`);
  }
}

/**
 * Frees the numbers whose holds have expired, and assigns the lowest free numbers to the instances that
 * asked, in the order in which they asked. A cron job calls it if allocators are created with `assign:
 * "housekeeping"`. Each batch is one transaction that locks the target and reads again what it changes. So
 * two concurrent cron jobs never assign a number twice, and never free a number that was renewed meanwhile.
 * @returns the sum of all batches
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 * @throws NoHousekeepingError `ERR_TASKMON_NO_HOUSEKEEPING`: the allocator has none
 */
export async function assignTaskNumbers(
  allocator: TaskNumAllocator,
  options?: AssignTaskNumbersOptions,
): Promise<HousekeepingReport> {
  const given = optionsObject("assignTaskNumbers", options, ["target", "batchSize", "signal"]);
  const limit = integerOption("assignTaskNumbers.batchSize", given.batchSize, {
    min: 1,
    max: 10_000,
    default: LUCI_PROFILE.batchSize,
  });
  const signal = given.signal ?? new AbortController().signal;
  if (allocator.housekeep === undefined) throw new NoHousekeepingError(allocator.name);
  let freed = 0;
  let assigned = 0;
  for (;;) {
    const round = await allocator.housekeep(given.target, { signal, limit });
    freed += round.freed;
    assigned += round.assigned;
    // The remaining claims are new, or another cron job handles them.
    if (round.assigned === 0 || round.waiting === 0) {
      return { freed, assigned, waiting: round.waiting };
    }
  }
}

/** Constants of another system, for users who move from it. */
export interface HousekeepingProfile {
  /** For `createTaskmon({ lease })`. */
  readonly lease: LeaseOptions;
  /** How often the cron job calls {@link assignTaskNumbers}. */
  readonly cronMs: number;
  /** For its option of that name. */
  readonly batchSize: number;
}

/**
 * The constants of LUCI's `tsmon`: a process counts as dead after 30 silent minutes; a cron job runs every
 * minute, in batches of 500; processes send a heartbeat every minute, and export nothing without a number.
 */
export const LUCI_PROFILE: HousekeepingProfile = {
  lease: {
    leaseMs: 25 * 60_000,
    heartbeatMs: 60_000,
    exportTimeoutMs: 10_000,
    // The hold follows from the lease, clock drift and this: 30 minutes.
    graceMs: 269_696,
    unnumberedHoldMs: Infinity,
  },
  cronMs: 60_000,
  batchSize: 500,
};
