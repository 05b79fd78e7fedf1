import type { TaskListing } from "../../task/allocator.ts";
import { readAdminUrl } from "../../task/admin-url.ts";
import { messageOf } from "../../shared/errors.ts";
import { withTimeout } from "../../shared/timeout.ts";
import type { AdminContext } from "../context.ts";

/** Who holds which number. */
export interface FleetView {
  /** `listed` where the allocator can say; `alone` shows this process only; `failed` could not be asked. */
  readonly source: "listed" | "alone" | "failed";
  readonly error?: string;
  readonly members: readonly MemberView[];
}

/** A number of the target, and who holds it. Times are in milliseconds since the Unix epoch. */
export interface MemberView {
  readonly number: number;
  readonly state: "held" | "expired" | "resting";
  readonly instance?: string;
  readonly epoch: number;
  readonly sinceMs?: number;
  readonly untilMs: number;
  readonly self: boolean;
  /** Where its page is, where it says so. */
  readonly adminUrl?: string;
}

const TIMEOUT_MS = 3_000;

/** Asks the allocator who holds which number. Never rejects. */
export async function fleetView({
  taskmon,
  settings: { clock },
}: AdminContext): Promise<FleetView> {
  const { task } = taskmon;
  const now = clock.wallTime();
  try {
    const listed = await withTimeout(clock, "The list of numbers", TIMEOUT_MS, (signal) =>
      task.peers({ signal }),
    );
    if (listed === undefined) return { source: "alone", members: alone(task, now) };
    const members = listed
      .map((listing) => memberOf(listing, task.instanceId, now))
      .toSorted((a, b) => a.number - b.number);
    return { source: "listed", members };
  } catch (error) {
    return { source: "failed", error: messageOf(error), members: alone(task, now) };
  }
}

function alone(task: AdminContext["taskmon"]["task"], now: number): MemberView[] {
  const { number, epoch, instanceId, grantedAtMs, remainingMs } = task;
  if (number === undefined || epoch === undefined) return [];
  return [
    {
      ...{ number, epoch, instance: instanceId, state: "held", self: true },
      ...(grantedAtMs !== undefined && { sinceMs: grantedAtMs }),
      untilMs: Math.round(now + remainingMs),
    },
  ];
}

function memberOf(listing: TaskListing, self: string, now: number): MemberView {
  const { num, instance, epoch, heldSince, until } = listing;
  const url = readAdminUrl(listing.adminUrl);
  return {
    ...{ number: num, epoch, untilMs: Math.round(until), self: instance === self },
    state: instance === undefined ? "resting" : until > now ? "held" : "expired",
    ...(instance !== undefined && { instance }),
    ...(heldSince !== undefined && { sinceMs: Math.round(heldSince) }),
    ...(url !== undefined && { adminUrl: url }),
  };
}
