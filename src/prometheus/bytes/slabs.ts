/** Bytes of one slab; a text of 4.5 MB takes 18. */
export const SLAB_BYTES: number = 256 * 1024;

/** Slabs that wait for the next scrape at most: 8 MB. */
const MAX_FREE = 32;

/** Memory that scrapes take in turn, so that they leave no garbage. */
export class Slabs {
  readonly #free: Buffer[] = [];

  /** A slab of at least `bytes`; what it holds is of an earlier scrape. */
  take(bytes: number): Buffer {
    if (bytes > SLAB_BYTES) return Buffer.allocUnsafeSlow(bytes);
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(SLAB_BYTES);
  }

  /** Takes a slab back that nobody reads any more. */
  give(slab: Buffer): void {
    if (slab.length === SLAB_BYTES && this.#free.length < MAX_FREE) this.#free.push(slab);
  }

  /** Lets the free slabs go. */
  clear(): void {
    this.#free.length = 0;
  }
}
