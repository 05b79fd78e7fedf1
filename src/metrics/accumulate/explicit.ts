import type { HistogramLike } from "../../points/types.ts";
import type { Accumulator } from "./accumulator.ts";
import { Extremes } from "./extremes.ts";

/** Counts measurements in buckets with fixed upper bounds, inclusive. Recording allocates nothing. */
export class ExplicitHistogram extends Extremes implements Accumulator {
  readonly #bounds: Float64Array;
  readonly #counts: Float64Array;
  #sum = 0;
  #count = 0;

  constructor(bounds: readonly number[]) {
    super();
    this.#bounds = unboxed(bounds);
    this.#counts = new Float64Array(bounds.length + 1);
  }

  get count(): number {
    return this.#count;
  }

  get sum(): number {
    return this.#sum;
  }

  /** The count of each bucket. The list changes as measurements are recorded. */
  get counts(): ArrayLike<number> {
    return this.#counts;
  }

  record(value: number): void {
    this.#counts[this.bucketOf(value)]!++;
    this.#sum += value;
    this.#count++;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
  }

  /** Returns the index of the bucket for a measurement. */
  bucketOf(value: number): number {
    const bounds = this.#bounds;
    let low = 0;
    let high = bounds.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (value <= bounds[middle]!) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Returns a copy of everything that was recorded. */
  value(): HistogramLike {
    return {
      buckets: { boundaries: [...this.#bounds], counts: [...this.#counts] },
      sum: this.#sum,
      count: this.#count,
      ...(this.#count > 0 && { min: this.whole.min, max: this.whole.max }),
    };
  }
}

const unboxedBounds = new WeakMap<readonly number[], Float64Array>();

/** Returns a copy of the bounds that all series of a metric share. V8 boxes each number of a frozen list. */
function unboxed(bounds: readonly number[]): Float64Array {
  let own = unboxedBounds.get(bounds);
  if (own === undefined) unboxedBounds.set(bounds, (own = new Float64Array(bounds)));
  return own;
}
