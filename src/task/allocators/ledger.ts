import type {
  Assignment,
  Grant,
  Heartbeat,
  HeartbeatAnswer,
  HousekeepingReport,
  Release,
} from "../allocator.ts";
import type { Claim, Slot, Slots, Times } from "./slots.ts";
import {
  longestHoldMs,
  newMemory,
  noteHold,
  type TargetMemory,
  wasSetBack,
} from "./target-memory.ts";

/** The answer to a heartbeat, after what it changes has been written. */
export function notify(
  slots: Slots,
  times: Times,
  instance: string,
  heartbeat: Heartbeat,
  assign: Assignment = "in-band",
): HeartbeatAnswer {
  const { held, maxTasks } = heartbeat;
  const memory = recall(slots, times, heartbeat.holdMs);
  const isSettling = times.now < memory.settlesUntil;
  let own = slots.ofInstance(instance);
  if (own !== undefined) {
    if (!(heartbeat.seq > own.seq)) return { kind: "collision" };
    if (held === undefined && own.epoch < memory.sureFrom) {
      // It may no longer hold the number, and the store may have forgotten a later owner.
      slots.put({ ...own, instance: null });
      own = undefined;
    }
  }
  if (own !== undefined) {
    if (own.num < maxTasks) return renew(slots, times, memory, own, heartbeat);
    // The limit was lowered. The owner may still export for a while.
    slots.put({ ...own, instance: null, until: times.now + heartbeat.holdMs });
  }
  const claim = slots.claims.ofInstance(instance);
  if (claim !== undefined) {
    if (!(heartbeat.seq > claim.seq)) return { kind: "collision" };
    if (assign === "in-band" || held !== undefined) slots.claims.delete(instance);
  }
  if (held !== undefined) {
    return own === undefined
      ? restore(slots, times, memory, instance, heartbeat, held)
      : { kind: "lost" };
  }
  if (assign === "housekeeping") {
    const { seq, holdMs } = heartbeat;
    slots.claims.put({ instance, seq, until: times.now + holdMs, maxTasks });
    return { kind: isSettling || lowest(slots) < maxTasks ? "no_number" : "full" };
  }
  if (isSettling) return { kind: "no_number" };
  slots.expire(times.now);
  const num = lowest(slots);
  if (num >= maxTasks) return { kind: "full" };
  return grant(slots, times, memory, instance, heartbeat, num);
}

/**
 * The store knows that it lost grants. Until every unknown owner has asked again or let its lease expire,
 * only processes that hold a number get it.
 * @param holdMs how long that may take, as a process reports; the store may know longer holds
 * @param epochAtLeast larger than every epoch that is known to have been granted
 */
export function settle(
  slots: Slots,
  times: Times,
  { holdMs, epochAtLeast }: { readonly holdMs: number; readonly epochAtLeast: number },
): TargetMemory {
  const before = recall(slots, times, holdMs);
  // A claim from before a known loss is no sign of another loss.
  const isKnown = times.now < before.settlesUntil && epochAtLeast <= before.sureFrom;
  const until = times.now + longestHoldMs(before);
  const atLeast = Math.max(times.wallTime, epochAtLeast, before.sureFrom + 1);
  const memory = {
    ...before,
    sureFrom: isKnown ? before.sureFrom : slots.nextEpoch(atLeast),
    settlesUntil: Math.max(before.settlesUntil, until),
  };
  slots.remember(memory);
  return memory;
}

/**
 * Frees expired numbers, and assigns numbers to at most `limit` claims. Runs in one transaction of the
 * store: a heartbeat comes before or after it, and two concurrent rounds never assign a number twice.
 */
export function housekeep(slots: Slots, times: Times, limit: number): HousekeepingReport {
  const { claims } = slots;
  const memory = recall(slots, times, 0);
  const freed = slots.expire(times.now);
  if (times.now < memory.settlesUntil) return { freed, assigned: 0, waiting: claims.count() };
  let assigned = 0;
  /** Claims that found no free number below their limit; later claims may have a higher limit. */
  let passedOver = 0;
  while (assigned < limit) {
    const claim = claims.at(passedOver);
    if (claim === undefined) break;
    const isAlive = claim.until > times.now;
    const num = lowest(slots);
    if (isAlive && num >= claim.maxTasks) {
      passedOver += 1;
      continue;
    }
    claims.delete(claim.instance);
    if (!isAlive) continue;
    // The hold counts from the claimant's last heartbeat: it may have died since.
    const until = Math.min(claim.until, times.now + longestHoldMs(memory));
    put(slots, claim, num, until, epochFloor(memory, times));
    assigned += 1;
  }
  return { freed, assigned, waiting: claims.count() - passedOver };
}

/**
 * Frees exactly this grant, unless its owner has sent a later heartbeat.
 * @returns whether `instance` had it
 */
export function release(slots: Slots, times: Times, instance: string, grant: Release): boolean {
  const slot = slots.at(grant.num);
  if (slot === undefined || slot.instance !== instance || slot.epoch !== grant.epoch) return false;
  if (grant.seq !== undefined && !(grant.seq > slot.seq)) return false;
  const until = grant.quarantineMs > 0 ? times.now + grant.quarantineMs : null;
  slots.put({ ...slot, instance: null, until });
  return true;
}

/** Notes the hold in the target's memory. Shortens what became too long because the clock was set back. */
function recall(slots: Slots, { now, wallTime }: Times, holdMs: number): TargetMemory {
  const found = slots.memory();
  const before = found ?? newMemory(wallTime);
  const noted = holdMs === 0 && !wasSetBack(before, now) ? before : noteHold(before, now, holdMs);
  if (noted === found || (found === undefined && holdMs === 0)) return noted;
  if (!wasSetBack(before, now)) {
    slots.remember(noted);
    return noted;
  }
  const latest = now + longestHoldMs(noted);
  slots.cap(latest);
  const memory = { ...noted, settlesUntil: Math.min(noted.settlesUntil, latest) };
  slots.remember(memory);
  return memory;
}

function renew(
  slots: Slots,
  times: Times,
  memory: TargetMemory,
  own: Slot,
  heartbeat: Heartbeat,
): HeartbeatAnswer {
  const { held } = heartbeat;
  if (held !== undefined && (held.num !== own.num || held.epoch !== own.epoch)) {
    if (held.epoch > own.epoch) settleFor(slots, times, heartbeat, held);
    return { kind: "lost" };
  }
  // Never shorter than an earlier heartbeat was promised: the owner may still rely on that.
  const until = Math.max(own.until ?? 0, times.now + heartbeat.holdMs);
  slots.put({ ...own, seq: heartbeat.seq, until, adminUrl: heartbeat.adminUrl ?? null });
  return granted(own, heartbeat, memory);
}

/**
 * A process claims a grant that the store does not know: another process got the number since, or the store
 * lost its data. In the second case other processes had numbers too, and will come back.
 */
function restore(
  slots: Slots,
  times: Times,
  known: TargetMemory,
  instance: string,
  heartbeat: Heartbeat,
  held: Grant,
): HeartbeatAnswer {
  const slot = slots.at(held.num);
  const isForgotten = slot === undefined || slot.epoch < held.epoch || held.epoch < known.sureFrom;
  const memory = isForgotten ? settleFor(slots, times, heartbeat, held) : known;
  if (!(held.num < heartbeat.maxTasks)) return { kind: "lost" };
  if (slot !== undefined) {
    if (slot.epoch >= held.epoch) return { kind: "lost" };
    const isHeld = slot.instance !== null && slot.until !== null && slot.until > times.now;
    if (isHeld) return { kind: "lost" };
  }
  slots.fill(held.num, memory.settlesUntil);
  return grant(slots, times, memory, instance, heartbeat, held.num, held.epoch + 1);
}

function settleFor(slots: Slots, times: Times, heartbeat: Heartbeat, held: Grant): TargetMemory {
  const { holdMs, longestHoldMs: longest = 0 } = heartbeat;
  const epochAtLeast = held.epoch + 1;
  return settle(slots, times, { holdMs: Math.max(holdMs, longest), epochAtLeast });
}

function grant(
  slots: Slots,
  times: Times,
  memory: TargetMemory,
  instance: string,
  heartbeat: Heartbeat,
  num: number,
  epochAtLeast = 0,
): HeartbeatAnswer {
  const owner = { instance, seq: heartbeat.seq, adminUrl: heartbeat.adminUrl ?? null };
  const floor = Math.max(epochFloor(memory, times), epochAtLeast);
  const slot = put(slots, owner, num, times.now + heartbeat.holdMs, floor);
  return granted(slot, heartbeat, memory);
}

/** Epochs grow even if the store was emptied or its clock was set back. */
function epochFloor({ sureFrom }: TargetMemory, { wallTime }: Times): number {
  return Math.max(wallTime, sureFrom);
}

function put(
  slots: Slots,
  { instance, seq, adminUrl = null }: Pick<Claim, "instance" | "seq"> & Pick<Slot, "adminUrl">,
  num: number,
  until: number,
  epochAtLeast: number,
): Slot {
  const slot = { num, instance, epoch: slots.nextEpoch(epochAtLeast), seq, until, adminUrl };
  slots.put(slot);
  return slot;
}

function lowest(slots: Slots): number {
  return slots.lowestAvailable()?.num ?? slots.size();
}

function granted(
  { num, epoch }: Grant,
  { leaseMs, holdMs }: Heartbeat,
  memory: TargetMemory,
): HeartbeatAnswer {
  const longest = longestHoldMs(memory);
  return {
    ...{ kind: "granted", num, epoch, leaseMs },
    ...(longest > holdMs && { longestHoldMs: longest }),
  };
}
