/** What a histogram with explicit buckets reports; the SDK's `Histogram`. */
export interface ExplicitValue {
  readonly buckets: { readonly boundaries: number[]; readonly counts: number[] };
  readonly sum: number;
  readonly count: number;
  readonly min?: number;
  readonly max?: number;
}

/** Counts measurements in buckets with fixed upper bounds, inclusive. Recording allocates nothing. */
export class ExplicitHistogram {
  readonly #bounds: Float64Array;
  readonly #counts: Float64Array;
  #sum = 0;
  #count = 0;
  #min = Infinity;
  #max = -Infinity;

  constructor(bounds: readonly number[]) {
    this.#bounds = unboxed(bounds);
    this.#counts = new Float64Array(bounds.length + 1);
  }

  get count(): number {
    return this.#count;
  }

  /** By bucket, not added up: what is counted in, not a copy. */
  get counts(): ArrayLike<number> {
    return this.#counts;
  }

  get sum(): number {
    return this.#sum;
  }

  record(value: number): void {
    const bounds = this.#bounds;
    let low = 0;
    let high = bounds.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (value <= bounds[middle]!) high = middle;
      else low = middle + 1;
    }
    this.#counts[low]!++;
    this.#sum += value;
    this.#count++;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
  }

  /** All that was recorded. */
  value(): ExplicitValue {
    return {
      buckets: { boundaries: [...this.#bounds], counts: [...this.#counts] },
      sum: this.#sum,
      count: this.#count,
      ...(this.#count > 0 && { min: this.#min, max: this.#max }),
    };
  }
}

const unboxedBounds = new WeakMap<readonly number[], Float64Array>();

/** The same numbers, once for all series of a metric: V8 boxes each number of a frozen list. */
function unboxed(bounds: readonly number[]): Float64Array {
  let own = unboxedBounds.get(bounds);
  if (own === undefined) unboxedBounds.set(bounds, (own = new Float64Array(bounds)));
  return own;
}

/** What came between two values of one histogram. Least and greatest of that span are not known. */
export function explicitDifference(from: ExplicitValue, to: ExplicitValue): ExplicitValue {
  return {
    buckets: {
      boundaries: to.buckets.boundaries,
      counts: to.buckets.counts.map((count, index) => count - from.buckets.counts[index]!),
    },
    sum: to.sum - from.sum,
    count: to.count - from.count,
  };
}
