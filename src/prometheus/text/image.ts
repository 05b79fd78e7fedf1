import type { Arena, Loan } from "../bytes/arena.ts";
import { copyBytes } from "../bytes/scratch.ts";
import type { SeriesMemo } from "../memo.ts";

/** The initial and the usual maximum size of a block. */
const FIRST_BYTES = 512;
const BLOCK_BYTES = 32 * 1_024;
/** Shorter blocks are copied, because a chunk of its own would cost more. */
const LENT_BYTES = 4 * 1_024;

const NO_HEAD = Buffer.alloc(0);

/** The text of some consecutive series. */
interface Block {
  bytes: Buffer;
  length: number;
  /** Counts the scrapes that still read the bytes. While there are some, changes go to a copy. */
  loan: Loan;
  readonly memos: SeriesMemo[];
  /**
   * The value that each series' text shows, or the count of a histogram. NaN means that the text must always
   * be written again.
   */
  readonly values: number[];
  /** The length of each series' text. */
  readonly lengths: number[];
}

/**
 * The text of one metric at the last scrape. Most series do not change between two scrapes: their text is
 * reused, and only the values that changed are overwritten in place. The text is divided into blocks, so that
 * an additional digit moves a few kilobytes and not everything.
 *
 * Each scrape walks through it: {@link begin}; then for each series either {@link meets} with {@link keep}
 * (and {@link edit} before it if the series changed), or {@link put}; then {@link end}. It stays consistent
 * if a walk stops half-way.
 */
export class TextImage {
  readonly #blocks: Block[] = [];
  #arena!: Arena;
  /** The position of the walk: the block, the series in the block, and the offset of its text. */
  #number = 0;
  #index = 0;
  #offset = 0;

  /** @param arena receives the text, block by block */
  begin(arena: Arena): void {
    this.#arena = arena;
    this.#number = -1;
    this.#enter();
  }

  /** Whether this series is the next one, as at the last scrape. */
  meets(memo: SeriesMemo): boolean {
    const block = this.#blocks[this.#number];
    if (block === undefined) return false;
    if (block.memos[this.#index] === memo) return true;
    if (block.memos[this.#index + 1] !== memo) return false;
    this.#drop(block, 1);
    return true;
  }

  /** Whether the text of the next series shows this value. Call {@link meets} first. */
  says(value: number): boolean {
    return this.#blocks[this.#number]!.values[this.#index] === value;
  }

  /** Whether the text of the next series depends only on its value and buckets. Call {@link meets} first. */
  get isPlain(): boolean {
    return !Number.isNaN(this.#blocks[this.#number]!.values[this.#index]);
  }

  /** Reuses the text of the next series. */
  keep(): void {
    const block = this.#blocks[this.#number]!;
    this.#offset += block.lengths[this.#index]!;
    this.#index++;
    if (this.#index === block.memos.length) this.#leave();
  }

  /** The bytes that contain the text of the next series. Change them only after {@link edit}. */
  get bytes(): Buffer {
    return this.#blocks[this.#number]!.bytes;
  }

  /**
   * Prepares the text of the next series for changes in place. You need not write the parts that stay the
   * same. Call {@link meets} before and {@link keep} after it.
   * @param value the value that the new text shows
   * @param length the length of the new text
   * @returns the offset of the text in {@link bytes}
   */
  edit(value: number, length: number): number {
    const block = this.#blocks[this.#number]!;
    this.#resize(block, length);
    block.values[this.#index] = value;
    return this.#offset;
  }

  /**
   * Writes the current text of a series.
   * @param value the value that the text shows
   * @param tail contains the changing rest of the text, at its beginning
   * @param head the constant beginning of the text
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
      copyBytes(tail, tailLength, this.bytes, at + head.length);
      this.keep();
      return;
    }
    const block = this.#blockFor(length);
    reserve(block, length);
    if (head.length > 0) block.bytes.set(head, block.length);
    copyBytes(tail, tailLength, block.bytes, block.length + head.length);
    block.memos.push(memo);
    block.values.push(value);
    block.lengths.push(length);
    block.length += length;
    this.#index++;
    this.#offset += length;
  }

  /** Ends the walk and drops the series that it did not reach. */
  end(): void {
    const block = this.#blocks[this.#number];
    if (block === undefined) return;
    this.#cut(block);
    this.#blocks.length = this.#number + (block.memos.length > 0 ? 1 : 0);
    this.#give(block);
  }

  /** Passes a finished block on, unless it is the last one, which may still grow. */
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

  /** Returns the block for a new series. The rest of the old block is dropped. */
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

  /** Drops `count` series at the position of the walk. */
  #drop(block: Block, count: number): void {
    this.#resize(block, 0);
    block.memos.splice(this.#index, count);
    block.values.splice(this.#index, count);
    block.lengths.splice(this.#index, count);
  }

  /** Changes the length of the next series' text and moves what follows. */
  #resize(block: Block, length: number): void {
    const before = block.lengths[this.#index]!;
    reserve(block, Math.max(0, length - before));
    if (length === before) return;
    block.bytes.copyWithin(this.#offset + length, this.#offset + before, block.length);
    block.length += length - before;
    block.lengths[this.#index] = length;
  }
}

/** Makes room for `more` bytes, in memory that nobody reads. */
function reserve(block: Block, more: number): void {
  const needed = block.length + more;
  const { bytes, loan } = block;
  if (needed <= bytes.length && loan.readers === 0) return;
  const doubled = Math.max(FIRST_BYTES, Math.min(2 * bytes.length, BLOCK_BYTES));
  // Leave some room: a full block sometimes grows by a digit.
  const size = needed <= bytes.length ? bytes.length : Math.max(needed + (needed >> 3), doubled);
  block.bytes = Buffer.allocUnsafeSlow(size);
  block.bytes.set(bytes.subarray(0, block.length));
  block.loan = { readers: 0 };
}
