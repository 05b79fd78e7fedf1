import type { Heartbeat, HeartbeatAnswer, Release } from "../../../src/task/allocator.ts";

interface NaiveSlot {
  owner: string | undefined;
  epoch: number;
  seq: number;
  /** Held or resting until then. */
  until: number;
}

/**
 * The contract of one target, written down a second time as plainly as possible: an array that is
 * read through from its beginning, and no other state.
 */
export class NaiveStore {
  slots: NaiveSlot[] = [];
  lastEpoch = 0;
  /** Of grants from this epoch on the store is sure. */
  sureFrom: number | undefined;
  /** Until when only owners get numbers. */
  settlesUntil = 0;
  /** The longest hold in this span of time and in the one before, and when this one ends. */
  span = { ms: 0, formerMs: 0, until: 0 };

  notify(now: number, wallTime: number, id: string, beat: Heartbeat): HeartbeatAnswer {
    this.sureFrom ??= wallTime;
    this.#note(now, beat.holdMs);
    let mine = this.slots.findIndex(({ owner }) => owner === id);
    let slot = this.slots[mine];
    let moved = false;
    if (slot !== undefined && beat.seq > slot.seq && !beat.held) {
      if (slot.epoch < this.sureFrom) {
        slot.owner = slot = undefined;
        mine = -1;
      }
    }
    if (slot !== undefined) {
      if (beat.seq <= slot.seq) return { kind: "collision" };
      moved = mine >= beat.maxTasks;
      if (moved) Object.assign(slot, { owner: undefined, until: now + beat.holdMs });
      else if (beat.held && (beat.held.num !== mine || beat.held.epoch !== slot.epoch)) {
        if (beat.held.epoch > slot.epoch) this.#settle(now, wallTime, beat, beat.held.epoch);
        return { kind: "lost" };
      } else {
        Object.assign(slot, { seq: beat.seq, until: Math.max(slot.until, now + beat.holdMs) });
        return this.#granted(mine, slot.epoch, beat);
      }
    }
    if (beat.held !== undefined) {
      const { num, epoch } = beat.held;
      const there = this.slots[num];
      if (moved) return { kind: "lost" };
      if (there === undefined || there.epoch < epoch || epoch < this.sureFrom) {
        this.#settle(now, wallTime, beat, epoch);
      }
      const isRestored =
        num < beat.maxTasks &&
        (there === undefined ||
          (there.epoch < epoch && (there.owner === undefined || there.until <= now)));
      if (!isRestored) return { kind: "lost" };
      while (this.slots.length < num) {
        this.slots.push({ owner: undefined, epoch: 0, seq: 0, until: this.settlesUntil });
      }
      return this.#grant(now, Math.max(wallTime, epoch + 1), id, beat, num);
    }
    if (now < this.settlesUntil) return { kind: "no_number" };
    this.expire(now);
    const free = this.slots.findIndex(({ until }) => until === -Infinity);
    const num = free === -1 ? this.slots.length : free;
    if (num >= beat.maxTasks) return { kind: "full" };
    return this.#grant(now, wallTime, id, beat, num);
  }

  release(now: number, id: string, grant: Release): boolean {
    const slot = this.slots[grant.num];
    if (slot?.owner !== id || slot.epoch !== grant.epoch) return false;
    if (grant.seq !== undefined && grant.seq <= slot.seq) return false;
    const until = grant.quarantineMs > 0 ? now + grant.quarantineMs : -Infinity;
    Object.assign(slot, { owner: undefined, until });
    return true;
  }

  /** What has run out stays so, also when the clock is set back. */
  expire(now: number): void {
    for (const slot of this.slots) if (slot.until <= now) slot.until = -Infinity;
  }

  /** Takes over the epoch that a store chose. */
  setEpoch(num: number, epoch: number): void {
    this.slots[num]!.epoch = epoch;
    this.lastEpoch = Math.max(this.sureFrom!, ...this.slots.map((slot) => slot.epoch));
  }

  forget(): void {
    this.slots = [];
    this.lastEpoch = 0;
    this.sureFrom = undefined;
    this.settlesUntil = 0;
    this.span = { ms: 0, formerMs: 0, until: 0 };
  }

  get #longest(): number {
    return Math.max(this.span.ms, this.span.formerMs);
  }

  /** @param now where the clock was set back, nothing lasts longer than the longest hold from now */
  #note(now: number, holdMs: number): void {
    const isBack = this.span.until > now + this.#longest;
    if (now < this.span.until && !isBack) {
      this.span.ms = Math.max(this.span.ms, holdMs);
      return;
    }
    const formerMs = isBack ? this.#longest : this.span.ms;
    this.span = { ms: holdMs, formerMs, until: now + Math.max(formerMs, holdMs) };
    if (!isBack) return;
    const latest = now + this.#longest;
    this.settlesUntil = Math.min(this.settlesUntil, latest);
    for (const slot of this.slots) slot.until = Math.min(slot.until, latest);
  }

  #settle(now: number, wallTime: number, beat: Heartbeat, epoch: number): void {
    this.#note(now, Math.max(beat.holdMs, beat.longestHoldMs ?? 0));
    if (now >= this.settlesUntil || epoch >= this.sureFrom!) {
      this.lastEpoch = Math.max(this.lastEpoch, wallTime - 1, epoch, this.sureFrom!) + 1;
      this.sureFrom = this.lastEpoch;
    }
    this.settlesUntil = Math.max(this.settlesUntil, now + this.#longest);
  }

  #granted(num: number, epoch: number, { leaseMs, holdMs }: Heartbeat): HeartbeatAnswer {
    const longest = this.#longest > holdMs ? { longestHoldMs: this.#longest } : {};
    return { kind: "granted", num, epoch, leaseMs, ...longest };
  }

  #grant(now: number, atLeast: number, id: string, beat: Heartbeat, num: number): HeartbeatAnswer {
    this.lastEpoch = Math.max(this.lastEpoch + 1, atLeast, this.sureFrom!);
    const epoch = this.lastEpoch;
    this.slots[num] = { owner: id, epoch, seq: beat.seq, until: now + beat.holdMs };
    return this.#granted(num, epoch, beat);
  }
}
