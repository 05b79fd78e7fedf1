import type { ExponentialHistogramLike, HistogramLike } from "../../points/types.ts";
import type { StreamAggregation } from "../../sdk/views.ts";
import { ExplicitHistogram } from "./explicit.ts";
import { ExponentialHistogram } from "./exponential.ts";

/** What a point of one of our streams holds. */
export type PointValue = number | HistogramLike | ExponentialHistogramLike;

/** What the measurements of one series come to, in one aggregation. */
export interface Accumulator {
  /** How many measurements there were. */
  readonly count: number;
  record(value: number): void;
  value(): PointValue;
}

/** Adds measurements up. */
export class Sum implements Accumulator {
  count = 0;
  #sum = 0;

  record(value: number): void {
    this.count++;
    this.#sum += value;
  }

  value(): number {
    return this.#sum;
  }
}

/** How often a last value was kept, of all: of several the last one counts. */
let order = 0;

/** Keeps the last measurement. */
export class LastValue implements Accumulator {
  count = 0;
  /** Grows from measurement to measurement, over all of these. */
  order = 0;
  #last = 0;

  record(value: number): void {
    this.count++;
    this.order = ++order;
    this.#last = value;
  }

  value(): number {
    return this.#last;
  }
}

/** An empty accumulator of this aggregation; none is needed of what is dropped. */
export function accumulatorOf(aggregation: StreamAggregation): Accumulator {
  switch (aggregation.kind) {
    case "histogram":
      return new ExplicitHistogram(aggregation.boundaries);
    case "exponential":
      return new ExponentialHistogram(aggregation.maxSize);
    case "last_value":
      return new LastValue();
    case "sum":
    case "drop":
      return new Sum();
  }
}

/** A text that two aggregations share if one accumulator does for both. */
export function accumulatorKey(aggregation: StreamAggregation): string {
  switch (aggregation.kind) {
    case "histogram":
      return `histogram ${aggregation.boundaries.join()}`;
    case "exponential":
      return `exponential ${aggregation.maxSize}`;
    default:
      return aggregation.kind;
  }
}
