import type { Claim, Claims, Slot, Slots } from "../slots.ts";
import type { TargetMemory } from "../target-memory.ts";
import { PriorityMap } from "./priority-map.ts";

/** The claims of one target in memory; a map keeps the order in which its keys were first set. */
class MemoryClaims implements Claims {
  readonly #claims = new Map<string, Claim>();

  count(): number {
    return this.#claims.size;
  }

  at(index: number): Claim | undefined {
    let passed = 0;
    for (const claim of this.#claims.values()) {
      if (passed++ === index) return claim;
    }
    return undefined;
  }

  ofInstance(instance: string): Claim | undefined {
    return this.#claims.get(instance);
  }

  put(claim: Claim): void {
    this.#claims.set(claim.instance, claim);
  }

  delete(instance: string): void {
    this.#claims.delete(instance);
  }
}

/** The slots of one target in memory. */
export class MemorySlots implements Slots {
  readonly #slots: Slot[] = [];
  readonly #byInstance = new Map<string, number>();
  /** Numbers that are held or resting, by the time when that ends. */
  readonly #ending = new PriorityMap();
  /** Free numbers, sorted. */
  readonly #available = new PriorityMap();
  readonly claims: Claims = new MemoryClaims();
  #lastEpoch = 0;
  #memory: TargetMemory | undefined;

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
    // Its former owner may have another number by now.
    if (before !== undefined && before.instance !== null && before.instance !== slot.instance) {
      if (this.#byInstance.get(before.instance) === slot.num) {
        this.#byInstance.delete(before.instance);
      }
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

  expire(now: number): number {
    let expired = 0;
    for (
      let first = this.#ending.first();
      first !== undefined && first.priority <= now;
      first = this.#ending.first()
    ) {
      this.put({ ...this.#slots[first.key]!, until: null });
      expired += 1;
    }
    return expired;
  }

  cap(until: number): void {
    for (const slot of this.taken()) this.put({ ...slot, until: Math.min(slot.until!, until) });
  }

  taken(): Slot[] {
    return this.#slots.filter(({ until }) => until !== null);
  }

  memory(): TargetMemory | undefined {
    return this.#memory;
  }

  remember(memory: TargetMemory): void {
    this.#memory = memory;
  }

  nextEpoch(atLeast: number): number {
    this.#lastEpoch = Math.max(this.#lastEpoch + 1, Math.floor(atLeast));
    return this.#lastEpoch;
  }
}
