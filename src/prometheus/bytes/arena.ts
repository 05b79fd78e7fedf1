import { type Slabs, SLAB_BYTES } from "./slabs.ts";

/** The bytes that were written into an arena. */
export interface Written {
  /** The bytes in order: parts of slabs. */
  readonly chunks: readonly Buffer[];
  readonly length: number;
  /** Gives the memory back for reuse. Call it only when you are sure that nobody reads the bytes any more. */
  release(): void;
}

/** Counts the readers of memory that is reused. It must not be written while it has readers. */
export interface Loan {
  readers: number;
}

/**
 * Collects bytes in slabs, one after the other. A writer asks for room, writes into `bytes` at `at` itself
 * and moves `at`: a call for each piece would cost more than the piece.
 */
export class Arena {
  /** The current slab. {@link room} may replace it. */
  bytes: Buffer;
  /** The position of the next byte in the slab. */
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

  /** The number of bytes written. */
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

  /** Adds a piece without copying it. The piece must not change until it is released. */
  lend(piece: Buffer, loan: Loan): void {
    const { bytes, at } = this;
    this.#cut();
    // The rest of the slab comes after the piece.
    this.bytes = bytes.subarray(at);
    loan.readers++;
    this.#loans.push(loan);
    this.#chunks.push(piece);
    this.#before += piece.length;
  }

  /** Finishes the arena. Nothing may be written after this. */
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
