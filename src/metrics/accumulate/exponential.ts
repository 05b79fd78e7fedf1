import type { ExponentialBuckets, ExponentialHistogramLike } from "../../points/types.ts";
import type { Accumulator } from "./accumulator.ts";
import { exponentialIndex, MAX_SCALE } from "./exponential-index.ts";
import { Extremes } from "./extremes.ts";

/** The most buckets on each side of zero, by default of the OpenTelemetry specification. */
const MAX_BUCKETS = 160;

/**
 * Counts measurements in buckets that grow by a constant factor. The factor is as small as possible for a
 * fixed number of buckets on each side of zero. Recording allocates only when the scale changes.
 */
export class ExponentialHistogram extends Extremes implements Accumulator {
  readonly #size: number;
  readonly #positive: Ring;
  /** Created at the first negative measurement. Most instruments record none. */
  #negative: Ring | undefined;
  #scale = MAX_SCALE;
  #zeroCount = 0;
  #sum = 0;
  #count = 0;

  /** @param size the most buckets on each side of zero, 2 or more. @default 160 */
  constructor(size: number = MAX_BUCKETS) {
    super();
    this.#size = Math.max(2, size);
    this.#positive = new Ring(this.#size);
  }

  get count(): number {
    return this.#count;
  }

  get sum(): number {
    return this.#sum;
  }

  record(value: number): void {
    this.#sum += value;
    this.#count++;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
    if (value > 0) this.#include(this.#positive, value);
    else if (value < 0) this.#include((this.#negative ??= new Ring(this.#size)), -value);
    else this.#zeroCount++;
  }

  /** Returns a copy of everything that was recorded. */
  value(): ExponentialHistogramLike {
    return {
      scale: this.#count === this.#zeroCount ? 0 : this.#scale,
      zeroCount: this.#zeroCount,
      positive: this.#positive.value(),
      negative: this.#negative?.value() ?? { offset: 0, bucketCounts: [] },
      sum: this.#sum,
      count: this.#count,
      ...(this.#count > 0 && { min: this.whole.min, max: this.whole.max }),
    };
  }

  /** Counts a magnitude on one side. Changes to a coarser scale if necessary. */
  #include(side: Ring, magnitude: number): void {
    const index = exponentialIndex(magnitude, this.#scale);
    const steps = side.stepsFor(index);
    if (steps === 0) {
      side.count(index);
      return;
    }
    this.#positive.coarsen(steps);
    this.#negative?.coarsen(steps);
    this.#scale -= steps;
    this.#include(side, magnitude);
  }
}

/** The buckets of one side. Bucket `index` is at `index` modulo the length. */
class Ring {
  #counts: Float64Array;
  #first = 0;
  /** One less than `first` while no bucket is in use. */
  #last = -1;

  constructor(size: number) {
    this.#counts = new Float64Array(size);
  }

  /** Returns the number of steps by which the scale must become coarser before this bucket fits. */
  stepsFor(index: number): number {
    if (this.#last < this.#first) return 0;
    let [first, last] = [this.#first, this.#last];
    if (index < first) first = index;
    else if (index > last) last = index;
    let steps = 0;
    while (last - first >= this.#counts.length) {
      first >>= 1;
      last >>= 1;
      steps++;
    }
    return steps;
  }

  count(index: number): void {
    if (this.#last < this.#first) this.#first = this.#last = index;
    else if (index < this.#first) this.#first = index;
    else if (index > this.#last) this.#last = index;
    this.#counts[this.#slot(index)]!++;
  }

  coarsen(steps: number): void {
    const counts = new Float64Array(this.#counts.length);
    for (let index = this.#first; index <= this.#last; index++) {
      counts[this.#slot(index >> steps)]! += this.#counts[this.#slot(index)]!;
    }
    if (this.#last >= this.#first) {
      this.#first >>= steps;
      this.#last >>= steps;
    }
    this.#counts = counts;
  }

  value(): ExponentialBuckets {
    const length = this.#last - this.#first + 1;
    const bucketCounts = Array.from(
      { length },
      (_, offset) => this.#counts[this.#slot(this.#first + offset)]!,
    );
    return { offset: length === 0 ? 0 : this.#first, bucketCounts };
  }

  #slot(index: number): number {
    const { length } = this.#counts;
    const remainder = index % length;
    return remainder < 0 ? remainder + length : remainder;
  }
}
