import { type Slabs, SLAB_BYTES } from "./slabs.ts";

/** What was written into an arena. */
export interface Written {
  /** The bytes in order: parts of slabs. */
  readonly chunks: readonly Buffer[];
  readonly length: number;
  /** Gives the memory back, once nobody reads it any more. Where that is not sure it is not called. */
  release(): void;
}

/** Who reads memory that is written to again: as long as anybody does, it must not be. */
export interface Loan {
  readers: number;
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
  readonly #loans: Loan[] = [];
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

  /** Takes a piece as it is, without a copy; it stays as it is until it is released. */
  lend(piece: Buffer, loan: Loan): void {
    const { bytes, at } = this;
    this.#cut();
    // What is left of the slab goes on behind it.
    this.bytes = bytes.subarray(at);
    loan.readers++;
    this.#loans.push(loan);
    this.#chunks.push(piece);
    this.#before += piece.length;
  }

  /** Ends it: nothing may be written any more. */
  end(): Written {
    this.#cut();
    let isReleased = false;
    return {
      chunks: this.#chunks,
      length: this.#before,
      release: () => {
        if (isReleased) return;
        isReleased = true;
        for (const loan of this.#loans) loan.readers--;
        for (const slab of this.#slabs) this.#pool.give(slab);
      },
    };
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
