import type { ExponentialHistogramLike, HistogramLike } from "../../points/types.ts";
import type { StreamAggregation } from "../../sdk/views.ts";
import { ExplicitHistogram } from "./explicit.ts";
import { ExponentialHistogram } from "./exponential.ts";

/** The value of a point of our streams. */
export type PointValue = number | HistogramLike | ExponentialHistogramLike;

/** Aggregates the measurements of one series. */
export interface Accumulator {
  /** The number of measurements. */
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

/** A counter over all instances, to find the latest of several last values. */
let order = 0;

/** Keeps the last measurement. */
export class LastValue implements Accumulator {
  count = 0;
  /** The number of the last measurement, counted over all instances. */
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

/** Creates an empty accumulator for an aggregation. For `drop` any accumulator will do. */
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

/** Returns a key that is the same for two aggregations if one accumulator can serve both. */
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
