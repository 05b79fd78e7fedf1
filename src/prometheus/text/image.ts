import type { Arena, Loan } from "../bytes/arena.ts";
import type { SeriesMemo } from "../memo.ts";

/** Bytes of a block at first, and as it grows. */
const FIRST_BYTES = 512;
const BLOCK_BYTES = 32 * 1_024;
/** Blocks shorter than that are copied: a chunk costs more. */
const LENT_BYTES = 4 * 1_024;

const NO_HEAD = Buffer.alloc(0);

/** The text of some series that follow each other. */
interface Block {
  bytes: Buffer;
  length: number;
  /** Scrapes that still read the bytes: then they are changed in a copy. */
  loan: Loan;
  readonly memos: SeriesMemo[];
  /** What each says: its value, or how many a histogram has counted; NaN of what is to be put at any rate. */
  readonly values: number[];
  /** Of each series' text. */
  readonly lengths: number[];
}

/**
 * The text of one metric as the last scrape got it. Between two scrapes most series stand still: their
 * text is there, and only what changed is written anew, at its place. In blocks, so that a value with one
 * digit more moves a few kilobytes and not the whole.
 *
 * Walk it with each scrape: {@link begin}, then for each series {@link meets} with {@link keep} (or
 * {@link edit} before it), or {@link put}, then {@link end}. It stays whole where a walk is left half-way.
 */
export class TextImage {
  readonly #blocks: Block[] = [];
  #arena!: Arena;
  /** Where the walk is: the block, the series in it, and where its text begins. */
  #number = 0;
  #index = 0;
  #offset = 0;

  /** @param arena what gets the text, block by block */
  begin(arena: Arena): void {
    this.#arena = arena;
    this.#number = -1;
    this.#enter();
  }

  /** Whether the series that comes next is this one, as it was at the last scrape. */
  meets(memo: SeriesMemo): boolean {
    const block = this.#blocks[this.#number];
    if (block === undefined) return false;
    if (block.memos[this.#index] === memo) return true;
    if (block.memos[this.#index + 1] !== memo) return false;
    this.#drop(block, 1);
    return true;
  }

  /** Whether the next series, which was met, says so. */
  says(value: number): boolean {
    return this.#blocks[this.#number]!.values[this.#index] === value;
  }

  /** Whether the text of the next series, which was met, is all that its value and buckets say. */
  get isPlain(): boolean {
    return !Number.isNaN(this.#blocks[this.#number]!.values[this.#index]);
  }

  /** Takes the next series as it stands. */
  keep(): void {
    const block = this.#blocks[this.#number]!;
    this.#offset += block.lengths[this.#index]!;
    this.#index++;
    if (this.#index === block.memos.length) this.#leave();
  }

  /** The bytes that the next series' text is in, to be changed at its place; see {@link edit}. */
  get bytes(): Buffer {
    return this.#blocks[this.#number]!.bytes;
  }

  /**
   * Lets the text of the next series, which was met, be changed: what is the same in the old and the new
   * text need not be written again. Then {@link keep} it.
   * @param value what it {@link says}
   * @param length of the new text
   * @returns where in {@link bytes} it begins
   */
  edit(value: number, length: number): number {
    const block = this.#blocks[this.#number]!;
    this.#resize(block, length);
    block.values[this.#index] = value;
    return this.#offset;
  }

  /**
   * Puts a series as it is now.
   * @param value what it {@link says}
   * @param tail has the rest of the text, from its own beginning
   * @param head how its text always begins
   */
  put(
    memo: SeriesMemo,
    value: number,
    tail: Buffer,
    tailLength: number,
    head: Buffer = NO_HEAD,
  ): void {
    const length = head.length + tailLength;
    if (this.meets(memo)) {
      const at = this.edit(value, length);
      copy(tail, tailLength, this.bytes, at + head.length);
      this.keep();
      return;
    }
    const block = this.#blockFor(length);
    reserve(block, length);
    if (head.length > 0) block.bytes.set(head, block.length);
    copy(tail, tailLength, block.bytes, block.length + head.length);
    block.memos.push(memo);
    block.values.push(value);
    block.lengths.push(length);
    block.length += length;
    this.#index++;
    this.#offset += length;
  }

  /** The walk is over: what it did not come to is gone. */
  end(): void {
    const block = this.#blocks[this.#number];
    if (block === undefined) return;
    this.#cut(block);
    this.#blocks.length = this.#number + (block.memos.length > 0 ? 1 : 0);
    this.#give(block);
  }

  /** Of a block that was walked through, if it is not the last: more may come to that one. */
  #leave(): void {
    if (this.#number + 1 === this.#blocks.length) return;
    this.#give(this.#blocks[this.#number]!);
    this.#enter();
  }

  #give({ bytes, length, loan }: Block): void {
    const text = bytes.subarray(0, length);
    if (length < LENT_BYTES) this.#arena.put(text);
    else this.#arena.lend(text, loan);
  }

  #enter(): void {
    this.#number++;
    this.#index = this.#offset = 0;
  }

  /** The block that a new series goes to; what stood there from here on is dropped. */
  #blockFor(length: number): Block {
    const block = this.#blocks[this.#number];
    if (block !== undefined) {
      this.#cut(block);
      this.#blocks.length = this.#number + 1;
      if (block.length + length <= BLOCK_BYTES || block.length === 0) return block;
      this.#give(block);
      this.#enter();
    }
    this.#blocks.push({
      ...{ bytes: NO_HEAD, length: 0, loan: { readers: 0 } },
      ...{ memos: [], values: [], lengths: [] },
    });
    return this.#blocks.at(-1)!;
  }

  #cut(block: Block): void {
    block.memos.length = block.values.length = block.lengths.length = this.#index;
    block.length = this.#offset;
  }

  /** Drops so many series at the place of the walk. */
  #drop(block: Block, count: number): void {
    this.#resize(block, 0);
    block.memos.splice(this.#index, count);
    block.values.splice(this.#index, count);
    block.lengths.splice(this.#index, count);
  }

  /** Gives the next series' text another length; what follows moves. */
  #resize(block: Block, length: number): void {
    const before = block.lengths[this.#index]!;
    reserve(block, Math.max(0, length - before));
    if (length === before) return;
    block.bytes.copyWithin(this.#offset + length, this.#offset + before, block.length);
    block.length += length - before;
    block.lengths[this.#index] = length;
  }
}

/** Makes room for so many more bytes, in memory that nobody reads. */
function reserve(block: Block, more: number): void {
  const needed = block.length + more;
  const { bytes, loan } = block;
  if (needed <= bytes.length && loan.readers === 0) return;
  const doubled = Math.max(FIRST_BYTES, Math.min(2 * bytes.length, BLOCK_BYTES));
  // A full block grows by a digit now and then.
  const size = needed <= bytes.length ? bytes.length : Math.max(needed + (needed >> 3), doubled);
  block.bytes = Buffer.allocUnsafeSlow(size);
  block.bytes.set(bytes.subarray(0, block.length));
  block.loan = { readers: 0 };
}

/** Short pieces go quicker one by one. */
function copy(from: Buffer, length: number, to: Buffer, at: number): void {
  if (length > 32) to.set(from.subarray(0, length), at);
  else for (let index = 0; index < length; index++) to[at + index] = from[index]!;
}
