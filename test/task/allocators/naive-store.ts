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

  notify(now: number, wallTime: number, id: string, beat: Heartbeat): HeartbeatAnswer {
    const mine = this.slots.findIndex(({ owner }) => owner === id);
    const slot = this.slots[mine];
    let moved = false;
    if (slot !== undefined) {
      if (beat.seq <= slot.seq) return { kind: "collision" };
      moved = mine >= beat.maxTasks;
      if (moved) Object.assign(slot, { owner: undefined, until: now + beat.holdMs });
      else if (beat.held && (beat.held.num !== mine || beat.held.epoch !== slot.epoch)) {
        return { kind: "lost" };
      } else {
        Object.assign(slot, { seq: beat.seq, until: Math.max(slot.until, now + beat.holdMs) });
        return { kind: "granted", num: mine, epoch: slot.epoch, leaseMs: beat.leaseMs };
      }
    }
    if (beat.held !== undefined) {
      const { num, epoch } = beat.held;
      const there = this.slots[num];
      const isForgotten =
        !moved &&
        num < beat.maxTasks &&
        (there === undefined ||
          (there.epoch < epoch && (there.owner === undefined || there.until <= now)));
      if (!isForgotten) return { kind: "lost" };
      while (this.slots.length < num) {
        this.slots.push({ owner: undefined, epoch: 0, seq: 0, until: now + beat.holdMs });
      }
      return this.#grant(now, Math.max(wallTime, epoch + 1), id, beat, num);
    }
    const free = this.slots.findIndex(({ until }) => until <= now);
    const num = free === -1 ? this.slots.length : free;
    if (num >= beat.maxTasks) return { kind: "full" };
    return this.#grant(now, wallTime, id, beat, num);
  }

  release(now: number, id: string, grant: Release): boolean {
    const slot = this.slots[grant.num];
    if (slot?.owner !== id || slot.epoch !== grant.epoch) return false;
    Object.assign(slot, { owner: undefined, until: now + grant.quarantineMs });
    return true;
  }

  /** Takes over the epoch that a store chose. */
  setEpoch(num: number, epoch: number): void {
    this.slots[num]!.epoch = epoch;
    this.lastEpoch = Math.max(this.lastEpoch, epoch);
  }

  forget(): void {
    this.slots = [];
    this.lastEpoch = 0;
  }

  #grant(now: number, atLeast: number, id: string, beat: Heartbeat, num: number): HeartbeatAnswer {
    this.lastEpoch = Math.max(this.lastEpoch + 1, atLeast);
    const epoch = this.lastEpoch;
    this.slots[num] = { owner: id, epoch, seq: beat.seq, until: now + beat.holdMs };
    return { kind: "granted", num, epoch, leaseMs: beat.leaseMs };
  }
}
