import { type Slabs, SLAB_BYTES } from "./slabs.ts";

/** What was written into an arena. */
export interface Written {
  /** The bytes in order: parts of slabs. */
  readonly chunks: readonly Buffer[];
  readonly length: number;
  /** The slabs themselves, to be given back. */
  readonly slabs: readonly Buffer[];
}

/**
 * Takes bytes one after the other into slabs. A writer asks for room, writes at `at` of `bytes` itself
 * and moves `at`: a call for each piece would cost more than the piece.
 */
export class Arena {
  /** The slab that is written to; another one after {@link room}. */
  bytes: Buffer;
  /** Where in it the next byte goes. */
  at = 0;
  readonly #pool: Slabs;
  readonly #slabs: Buffer[] = [];
  readonly #chunks: Buffer[] = [];
  #before = 0;

  constructor(pool: Slabs) {
    this.#pool = pool;
    this.bytes = pool.take(SLAB_BYTES);
    this.#slabs.push(this.bytes);
  }

  /** How many bytes were written. */
  get length(): number {
    return this.#before + this.at;
  }

  /** Makes sure that `size` bytes fit at `at`. */
  room(size: number): void {
    if (this.at + size > this.bytes.length) this.#next(size);
  }

  put(piece: Uint8Array): void {
    this.room(piece.length);
    this.bytes.set(piece, this.at);
    this.at += piece.length;
  }

  /** Ends it: nothing may be written any more. */
  end(): Written {
    this.#cut();
    return { chunks: this.#chunks, length: this.#before, slabs: this.#slabs };
  }

  #next(size: number): void {
    this.#cut();
    this.bytes = this.#pool.take(Math.max(size, SLAB_BYTES));
    this.#slabs.push(this.bytes);
  }

  #cut(): void {
    if (this.at > 0) this.#chunks.push(this.bytes.subarray(0, this.at));
    this.#before += this.at;
    this.at = 0;
  }
}
