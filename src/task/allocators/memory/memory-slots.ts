import type { Slot, Slots } from "../ledger.ts";
import { PriorityMap } from "./priority-map.ts";

/** The slots of one target in memory. */
export class MemorySlots implements Slots {
  readonly #slots: Slot[] = [];
  readonly #byInstance = new Map<string, number>();
  /** Numbers that are held or rest, by when that ends. */
  readonly #ending = new PriorityMap();
  /** Numbers that may be given away, by themselves. */
  readonly #available = new PriorityMap();
  #lastEpoch = 0;

  size(): number {
    return this.#slots.length;
  }

  at(num: number): Slot | undefined {
    return this.#slots[num];
  }

  ofInstance(instance: string): Slot | undefined {
    const num = this.#byInstance.get(instance);
    return num === undefined ? undefined : this.#slots[num];
  }

  lowestAvailable(): Slot | undefined {
    const first = this.#available.first();
    return first && this.#slots[first.key];
  }

  put(slot: Slot): void {
    const before = this.#slots[slot.num];
    if (before !== undefined && before.instance !== null && before.instance !== slot.instance) {
      this.#byInstance.delete(before.instance);
    }
    if (slot.instance !== null) this.#byInstance.set(slot.instance, slot.num);
    this.#slots[slot.num] = slot;
    if (slot.until === null) {
      this.#ending.delete(slot.num);
      this.#available.set(slot.num, slot.num);
    } else {
      this.#available.delete(slot.num);
      this.#ending.set(slot.num, slot.until);
    }
  }

  fill(num: number, until: number): void {
    while (this.#slots.length < num) {
      this.put({ num: this.#slots.length, instance: null, epoch: 0, seq: 0, until });
    }
  }

  expire(now: number): void {
    for (
      let first = this.#ending.first();
      first !== undefined && first.priority <= now;
      first = this.#ending.first()
    ) {
      this.put({ ...this.#slots[first.key]!, until: null });
    }
  }

  nextEpoch(atLeast: number): number {
    this.#lastEpoch = Math.max(this.#lastEpoch + 1, Math.floor(atLeast));
    return this.#lastEpoch;
  }
}
