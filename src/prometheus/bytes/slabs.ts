/** The size of a slab. A text of 4.5 MB takes 18 slabs. */
export const SLAB_BYTES: number = 256 * 1024;

/** The most free slabs that are kept for the next scrape: 8 MB. */
const MAX_FREE = 32;

/** A pool of memory that scrapes reuse, so that they leave no garbage. */
export class Slabs {
  readonly #free: Buffer[] = [];

  /** Takes a slab of at least `bytes`. It may still contain bytes of an earlier scrape. */
  take(bytes: number): Buffer {
    if (bytes > SLAB_BYTES) return Buffer.allocUnsafeSlow(bytes);
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(SLAB_BYTES);
  }

  /** Returns a slab to the pool. Nobody may read it any more. */
  give(slab: Buffer): void {
    if (slab.length === SLAB_BYTES && this.#free.length < MAX_FREE) this.#free.push(slab);
  }

  /** Drops the free slabs. */
  clear(): void {
    this.#free.length = 0;
  }
}
