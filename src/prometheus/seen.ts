import type { SeriesMemo } from "./memo.ts";

/** Slots at first; a power of two. */
const MIN_SLOTS = 1_024;

/** What the numbers in the slots may come to before they begin again. */
const MAX_NUMBER = 2 ** 30;

/**
 * Tells whether a series was written already in this family: Prometheus keeps one of two that have the
 * same labels, or refuses the scrape. Used again for each family, so that it leaves no garbage.
 */
export class Seen {
  /** By slot: the number of the series there; what is not above `#base` is of an earlier family. */
  #slots = new Int32Array(MIN_SLOTS);
  #hashes = new Int32Array(MIN_SLOTS);
  /** The series of this family; the first has the number `#base + 1`. */
  #all: SeriesMemo[] = [];
  #base = 0;
  readonly #onRepeat: () => void;

  /** @param onRepeat called each time that a series came again */
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

  /** Whether the series, known by how its lines begin, is new to the family. */
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
