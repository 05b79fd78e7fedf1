import type {
  Assignment,
  Grant,
  Heartbeat,
  HeartbeatAnswer,
  HousekeepingReport,
  Release,
} from "../allocator.ts";

/** One task number in a store. */
export interface Slot {
  readonly num: number;
  /** Who has the number, or had it last before its hold ran out; null after a release. */
  readonly instance: string | null;
  /** The number's latest epoch; 0 where none is known. */
  readonly epoch: number;
  /** The latest heartbeat of `instance`. */
  readonly seq: number;
  /**
   * Until when the number is held (with an instance) or rests (without), on the store's clock; null
   * once it may be given away.
   */
  readonly until: number | null;
}

/** An instance that waits for housekeeping to give it a number. */
export interface Claim {
  readonly instance: string;
  /** Its latest heartbeat. */
  readonly seq: number;
  /** Until when that heartbeat counts, on the store's clock. */
  readonly until: number;
  readonly maxTasks: number;
}

/** The claims of one target, in the order in which their instances came. */
export interface Claims {
  count(): number;
  at(index: number): Claim | undefined;
  ofInstance(instance: string): Claim | undefined;
  /** Writes a claim; a new instance's comes last. */
  put(claim: Claim): void;
  delete(instance: string): void;
}

/**
 * The slots of one target, without rules: numbers 0 to `size() - 1`, each once. A store implements
 * it, in a transaction where others write too.
 */
export interface Slots {
  /** How many numbers there are. */
  size(): number;
  at(num: number): Slot | undefined;
  ofInstance(instance: string): Slot | undefined;
  /** The lowest number whose `until` is null. */
  lowestAvailable(): Slot | undefined;
  /** Writes a slot: one that is there, or number `size()`. */
  put(slot: Slot): void;
  /** Adds the missing numbers below `num`, without owner and epoch, resting until then. */
  fill(num: number, until: number): void;
  /**
   * Makes `until` null where it has come. The instance stays: it is renewed if it comes back first.
   * @returns how many there were
   */
  expire(now: number): number;
  /** The numbers whose `until` is not null, the lowest first. */
  taken(): Slot[];
  readonly claims: Claims;
  /** An epoch larger than all before it, and not smaller than `atLeast`. */
  nextEpoch(atLeast: number): number;
}

/** The times of one call. */
export interface Times {
  /** On the store's clock, in milliseconds. */
  readonly now: number;
  /** Milliseconds since the Unix epoch: where epochs start, so that a new store's are larger. */
  readonly wallTime: number;
}

/** The answer to a heartbeat, after what it changes has been written. */
export function notify(
  slots: Slots,
  times: Times,
  instance: string,
  heartbeat: Heartbeat,
  assign: Assignment = "in-band",
): HeartbeatAnswer {
  const { held, maxTasks } = heartbeat;
  const own = slots.ofInstance(instance);
  if (own !== undefined) {
    if (!(heartbeat.seq > own.seq)) return { kind: "collision" };
    if (own.num < maxTasks) return renew(slots, times, own, heartbeat);
    // The limit is lower than it was. Its owner may still export for a while.
    slots.put({ ...own, instance: null, until: times.now + heartbeat.holdMs });
  }
  const claim = slots.claims.ofInstance(instance);
  if (claim !== undefined) {
    if (!(heartbeat.seq > claim.seq)) return { kind: "collision" };
    if (assign === "in-band" || held !== undefined) slots.claims.delete(instance);
  }
  if (held !== undefined) {
    return own === undefined ? restore(slots, times, instance, heartbeat, held) : { kind: "lost" };
  }
  if (assign === "housekeeping") {
    const { seq, holdMs } = heartbeat;
    slots.claims.put({ instance, seq, until: times.now + holdMs, maxTasks });
    return { kind: lowest(slots) < maxTasks ? "no_number" : "full" };
  }
  slots.expire(times.now);
  const num = lowest(slots);
  if (num >= maxTasks) return { kind: "full" };
  return grant(slots, times, instance, heartbeat, num, times.wallTime);
}

/**
 * Frees what has run out, and gives numbers to at most `limit` claims. All within the transaction of
 * the store: a heartbeat comes before it or after it, and two rounds at once give no number twice.
 */
export function housekeep(slots: Slots, times: Times, limit: number): HousekeepingReport {
  const { claims } = slots;
  const freed = slots.expire(times.now);
  let assigned = 0;
  /** Claims without room below their limit; others behind them may have a higher one. */
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
    // The hold counts from the claimant's last heartbeat: nobody knows whether it lives now.
    put(slots, claim, num, claim.until, times.wallTime);
    assigned += 1;
  }
  return { freed, assigned, waiting: claims.count() - passedOver };
}

/** Frees exactly the grant that is named. @returns whether `instance` had it */
export function release(slots: Slots, times: Times, instance: string, grant: Release): boolean {
  const slot = slots.at(grant.num);
  if (slot === undefined || slot.instance !== instance || slot.epoch !== grant.epoch) return false;
  const until = grant.quarantineMs > 0 ? times.now + grant.quarantineMs : null;
  slots.put({ ...slot, instance: null, until });
  return true;
}

function renew(slots: Slots, times: Times, own: Slot, heartbeat: Heartbeat): HeartbeatAnswer {
  const { held } = heartbeat;
  if (held !== undefined && (held.num !== own.num || held.epoch !== own.epoch)) {
    return { kind: "lost" };
  }
  // Never shorter than an earlier heartbeat was promised: the owner may still count on that.
  const until = Math.max(own.until ?? 0, times.now + heartbeat.holdMs);
  slots.put({ ...own, seq: heartbeat.seq, until });
  return granted(own, heartbeat);
}

/**
 * A process claims a grant that the store does not know: another has had the number since, or the
 * store has lost its memory. In that case the numbers below it had owners too, which will come back.
 */
function restore(
  slots: Slots,
  times: Times,
  instance: string,
  heartbeat: Heartbeat,
  held: Grant,
): HeartbeatAnswer {
  if (!(held.num < heartbeat.maxTasks)) return { kind: "lost" };
  const slot = slots.at(held.num);
  if (slot !== undefined) {
    if (slot.epoch >= held.epoch) return { kind: "lost" };
    const isHeld = slot.instance !== null && slot.until !== null && slot.until > times.now;
    if (isHeld) return { kind: "lost" };
  }
  slots.fill(held.num, times.now + heartbeat.holdMs);
  const atLeast = Math.max(times.wallTime, held.epoch + 1);
  return grant(slots, times, instance, heartbeat, held.num, atLeast);
}

function grant(
  slots: Slots,
  times: Times,
  instance: string,
  heartbeat: Heartbeat,
  num: number,
  epochAtLeast: number,
): HeartbeatAnswer {
  const owner = { instance, seq: heartbeat.seq };
  const slot = put(slots, owner, num, times.now + heartbeat.holdMs, epochAtLeast);
  return granted(slot, heartbeat);
}

function put(
  slots: Slots,
  { instance, seq }: { readonly instance: string; readonly seq: number },
  num: number,
  until: number,
  epochAtLeast: number,
): Slot {
  const slot = { num, instance, epoch: slots.nextEpoch(epochAtLeast), seq, until };
  slots.put(slot);
  return slot;
}

function lowest(slots: Slots): number {
  return slots.lowestAvailable()?.num ?? slots.size();
}

function granted({ num, epoch }: Grant, { leaseMs }: Heartbeat): HeartbeatAnswer {
  return { kind: "granted", num, epoch, leaseMs };
}
