/** Finds line and column of the offsets of a text. */
export class LineIndex {
  /** The offset of each line's first character, ascending. */
  readonly #starts: readonly number[];

  constructor(text: string) {
    const starts = [0];
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", end + 1)) {
      starts.push(end + 1);
    }
    this.#starts = starts;
  }

  /** Both from 1; the column in UTF-16 units. */
  at(offset: number): { readonly line: number; readonly column: number } {
    let low = 0;
    let high = this.#starts.length;
    // The last line that starts at the offset or before it is in [low, high).
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (this.#starts[middle]! <= offset) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: offset - this.#starts[low]! + 1 };
  }
}
