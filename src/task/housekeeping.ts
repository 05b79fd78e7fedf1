import { TaskmonError } from "../shared/errors.ts";
import { integerOption, optionsObject } from "../shared/options.ts";
import type { HousekeepingReport, TaskNumAllocator } from "./allocator.ts";
import type { LeaseOptions } from "./policy.ts";
import type { Target } from "./target.ts";

/** Options of {@link assignTaskNumbers}. */
export interface AssignTaskNumbersOptions {
  /** The target whose numbers are assigned. @default all that the store has */
  readonly target?: Target;
  /** The most numbers to assign in one transaction, 1 to 10,000. @default 500 */
  readonly batchSize?: number;
  /** Aborts the work between two transactions, and the one under way where the store can. */
  readonly signal?: AbortSignal;
}

/** The allocator has no housekeeping: its store frees by itself what has run out. */
export class NoHousekeepingError extends TaskmonError {
  readonly code = "ERR_TASKMON_NO_HOUSEKEEPING";

  constructor(allocator: string) {
    super(`The ${allocator} allocator has no housekeeping, and needs none`);
  }
}

/**
 * Frees the numbers whose holds have run out, and gives the lowest free ones to the instances that have
 * asked, in the order in which they came: what a cron job does where allocators are made with
 * `assign: "housekeeping"`. Each batch is one transaction that locks the target and looks again at what
 * it changes; so two crons at once give no number twice, and free none that was renewed meanwhile.
 * @returns what was done in all batches
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
    // What still waits came meanwhile, or is another cron's.
    if (round.assigned === 0 || round.waiting === 0) {
      return { freed, assigned, waiting: round.waiting };
    }
  }
}

/** Constants of another system, for those who come from it. */
export interface HousekeepingProfile {
  /** For `createTaskmon({ lease })`. */
  readonly lease: LeaseOptions;
  /** How often the cron job calls {@link assignTaskNumbers}. */
  readonly cronMs: number;
  /** For its option of that name. */
  readonly batchSize: number;
}

/**
 * The constants of the original, LUCI's `tsmon`: a process is taken for dead after 30 silent minutes, a
 * cron job runs every minute, in batches of 500; processes say every minute that they are alive, and
 * export nothing without a number.
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
