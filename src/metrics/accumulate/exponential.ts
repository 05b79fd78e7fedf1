import { exponentialIndex, MAX_SCALE } from "./exponential-index.ts";

/** What an exponential histogram reports; the SDK's `ExponentialHistogram`. */
export interface ExponentialValue {
  readonly scale: number;
  readonly zeroCount: number;
  readonly positive: BucketRange;
  readonly negative: BucketRange;
  readonly sum: number;
  readonly count: number;
  readonly min?: number;
  readonly max?: number;
}

/** Counts of consecutive buckets; the first has index `offset`. */
export interface BucketRange {
  readonly offset: number;
  readonly bucketCounts: number[];
}

/** Buckets kept at most: the OpenTelemetry specification's default. */
const MAX_BUCKETS = 160;

/**
 * Counts measurements of zero or more in buckets that grow by a constant factor, as fine as fits the
 * measurements into a fixed number of buckets. Recording allocates only when the scale changes.
 */
export class ExponentialHistogram {
  /** Bucket `index` is at `index` modulo the length: the buckets in use are never more than fit. */
  #ring: Float64Array = new Float64Array(MAX_BUCKETS);
  #first = 0;
  /** One less than `first` while no bucket is in use. */
  #last = -1;
  #scale = MAX_SCALE;
  #zeroCount = 0;
  #sum = 0;
  #count = 0;
  #min = Infinity;
  #max = -Infinity;

  get count(): number {
    return this.#count;
  }

  record(value: number): void {
    this.#sum += value;
    this.#count++;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
    if (value === 0) {
      this.#zeroCount++;
      return;
    }
    const index = this.#include(exponentialIndex(value, this.#scale), value);
    this.#ring[slot(index)]!++;
  }

  /** All that was recorded. */
  value(): ExponentialValue {
    const length = this.#last - this.#first + 1;
    const bucketCounts = Array.from(
      { length },
      (_, offset) => this.#ring[slot(this.#first + offset)]!,
    );
    return {
      scale: length === 0 ? 0 : this.#scale,
      zeroCount: this.#zeroCount,
      positive: { offset: length === 0 ? 0 : this.#first, bucketCounts },
      negative: { offset: 0, bucketCounts: [] },
      sum: this.#sum,
      count: this.#count,
      ...(this.#count > 0 && { min: this.#min, max: this.#max }),
    };
  }

  /** Makes room for a bucket, by a coarser scale if need be. @returns its index after that */
  #include(index: number, value: number): number {
    if (this.#last < this.#first) {
      this.#first = this.#last = index;
      return index;
    }
    let change = 0;
    let first = Math.min(index, this.#first);
    let last = Math.max(index, this.#last);
    while (last - first >= MAX_BUCKETS) {
      first >>= 1;
      last >>= 1;
      change++;
    }
    if (change === 0) {
      this.#first = first;
      this.#last = last;
      return index;
    }
    this.#coarsen(change);
    return this.#include(exponentialIndex(value, this.#scale), value);
  }

  #coarsen(change: number): void {
    const ring = new Float64Array(MAX_BUCKETS);
    for (let index = this.#first; index <= this.#last; index++) {
      ring[slot(index >> change)]! += this.#ring[slot(index)]!;
    }
    this.#ring = ring;
    this.#first >>= change;
    this.#last >>= change;
    this.#scale -= change;
  }
}

/** What came between two values of one histogram. Least and greatest of that span are not known. */
export function exponentialDifference(
  from: ExponentialValue,
  to: ExponentialValue,
): ExponentialValue {
  const counts = [...to.positive.bucketCounts];
  // A histogram only ever gets coarser, so the earlier one's buckets lie within the later one's.
  const change = from.positive.bucketCounts.length === 0 ? 0 : from.scale - to.scale;
  from.positive.bucketCounts.forEach((count, index) => {
    counts[((from.positive.offset + index) >> change) - to.positive.offset]! -= count;
  });
  const { scale, negative } = to;
  return {
    scale,
    negative,
    zeroCount: to.zeroCount - from.zeroCount,
    positive: { offset: to.positive.offset, bucketCounts: counts },
    sum: to.sum - from.sum,
    count: to.count - from.count,
  };
}

function slot(index: number): number {
  const remainder = index % MAX_BUCKETS;
  return remainder < 0 ? remainder + MAX_BUCKETS : remainder;
}
