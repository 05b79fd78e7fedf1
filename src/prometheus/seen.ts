import type { SeriesMemo } from "./memo.ts";

/** The initial number of slots, a power of two. */
const MIN_SLOTS = 1_024;

/** When the numbers in the slots reach this limit, they start again at zero. */
const MAX_NUMBER = 2 ** 30;

/**
 * Finds series with the same labels in one family. Prometheus would keep only one of them or refuse the
 * scrape. The object is reused for each family, so it leaves no garbage.
 */
export class Seen {
  /** The number of the series in each slot. A number that is not above `#base` is from an earlier family. */
  #slots = new Int32Array(MIN_SLOTS);
  #hashes = new Int32Array(MIN_SLOTS);
  /** The series of this family. The first one has the number `#base + 1`. */
  #all: SeriesMemo[] = [];
  #base = 0;
  readonly #onRepeat: () => void;

  /** @param onRepeat called for each repeated series */
  constructor(onRepeat: () => void) {
    this.#onRepeat = onRepeat;
  }

  /** Begins a family. */
  begin(): void {
    this.#base += this.#all.length;
    this.#all.length = 0;
    if (this.#base < MAX_NUMBER) return;
    this.#slots.fill(0);
    this.#base = 0;
  }

  /** Adds a series. @returns whether it is the first in the family whose lines begin like this */
  add(series: SeriesMemo): boolean {
    if (this.#all.length * 2 >= this.#slots.length) this.#grow();
    const { hash } = series;
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const index = this.#slots[slot]! - this.#base - 1;
      if (index < 0) {
        this.#all.push(series);
        this.#slots[slot] = this.#base + this.#all.length;
        this.#hashes[slot] = hash;
        return true;
      }
      if (this.#hashes[slot] === hash && this.#all[index]!.prefix.equals(series.prefix)) {
        this.#onRepeat();
        return false;
      }
    }
  }

  #grow(): void {
    const all = this.#all;
    const slots = this.#slots.length * 2;
    this.#all = [];
    this.#base = 0;
    this.#slots = new Int32Array(slots);
    this.#hashes = new Int32Array(slots);
    for (const series of all) this.add(series);
  }
}
