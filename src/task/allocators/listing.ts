import { readAdminUrl } from "../admin-url.ts";
import type { HousekeepingReport, TaskListing } from "../allocator.ts";

/** How many numbers a round of housekeeping assigns in a target by default. */
export const DEFAULT_LIMIT = 500;

/** A number as our stores keep it. */
export interface StoredNumber {
  readonly target: string;
  readonly num: number;
  /** Null when the number is resting. */
  readonly instance: string | null;
  readonly epoch: number;
  /** In milliseconds since the Unix epoch. */
  readonly until: number;
  /** As it came from the store. */
  readonly adminUrl?: unknown;
}

/** A stored number for operators. The epochs of our stores are the times of the grants. */
export function listingOf(stored: StoredNumber): TaskListing {
  const { target, num, instance, epoch, until } = stored;
  const adminUrl = readAdminUrl(stored.adminUrl);
  const owner =
    instance === null ? undefined : { instance, heldSince: epoch, ...(adminUrl && { adminUrl }) };
  return { target, num, epoch, ...owner, until: Math.round(until) };
}

/** The sum of the reports of several targets. */
export function sumOf(reports: readonly HousekeepingReport[]): HousekeepingReport {
  const sum = { freed: 0, assigned: 0, waiting: 0 };
  for (const { freed, assigned, waiting } of reports) {
    sum.freed += freed;
    sum.assigned += assigned;
    sum.waiting += waiting;
  }
  return sum;
}
