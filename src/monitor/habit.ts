/** So many of the last times are remembered. */
const REMEMBERED = 15;

/** How long something usually takes: the median of the last times. */
export class Habit {
  readonly #timesMs: number[] = [];

  add(timeMs: number): void {
    this.#timesMs.push(timeMs);
    if (this.#timesMs.length > REMEMBERED) this.#timesMs.shift();
  }

  /** Undefined before the first time. */
  get medianMs(): number | undefined {
    const sorted = this.#timesMs.toSorted((a, b) => a - b);
    const upper = sorted[sorted.length >> 1];
    const lower = sorted[(sorted.length - 1) >> 1];
    return upper === undefined || lower === undefined ? undefined : (lower + upper) / 2;
  }
}
