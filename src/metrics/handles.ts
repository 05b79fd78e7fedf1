import type { LabelValue } from "./labels.ts";
import type { Removable } from "./removal.ts";
import type { MetricKind } from "./spec.ts";

/**
 * The type of the labels argument. A metric without labels takes none; if all labels are optional, so is the
 * argument. If the compiler does not know the labels, as for a spec from a file or the catalogue, it accepts
 * any; they are checked when you record.
 */
export type LabelArgs<V> = unknown extends V
  ? [labels?: Readonly<Record<string, LabelValue | undefined>>]
  : keyof V extends never
    ? [labels?: Readonly<Record<string, never>>]
    : {} extends V
      ? [labels?: V]
      : [labels: V];

/** One series of a counter. It is looked up only once, so `add` is faster. */
export interface BoundCounter {
  /** Adds `amount`, which is zero or more. */
  add(amount: number): void;
}

/** Records a sum that only grows. */
export interface Counter<V> extends Removable<V> {
  /** Adds `amount`, which is zero or more, to the series of `labels`. */
  add(amount: number, ...labels: LabelArgs<V>): void;
  /** The series of these labels, for repeated use. For invalid labels, a handle that drops measurements. */
  bind(...labels: LabelArgs<V>): BoundCounter;
}

/** One series of an up-down counter. */
export interface BoundUpDownCounter {
  /** Adds `amount`, which may be negative. */
  add(amount: number): void;
}

/** Records a sum that grows and shrinks. */
export interface UpDownCounter<V> extends Removable<V> {
  /** Adds `amount`, which may be negative, to the series of `labels`. */
  add(amount: number, ...labels: LabelArgs<V>): void;
  /** The series of these labels, for repeated use. For invalid labels, a handle that drops measurements. */
  bind(...labels: LabelArgs<V>): BoundUpDownCounter;
}

/** One series of a gauge. */
export interface BoundGauge {
  /** Sets the value of the series. */
  set(value: number): void;
}

/** Records the last value set. */
export interface Gauge<V> extends Removable<V> {
  /** Sets the value of the series of `labels`. */
  set(value: number, ...labels: LabelArgs<V>): void;
  /** The series of these labels, for repeated use. For invalid labels, a handle that drops measurements. */
  bind(...labels: LabelArgs<V>): BoundGauge;
  /**
   * Reads the value from `read` at each collection. If it returns undefined, there is no value now, and
   * attached readers do not export the series.
   */
  observe(read: () => number | undefined, ...labels: LabelArgs<V>): void;
}

/** One series of a histogram. It is looked up only once, so `record` is faster. */
export interface BoundHistogram {
  /** Records one measurement of zero or more. */
  record(value: number): void;
  /**
   * Starts a timer. The returned function records the elapsed time in the spec's unit (or in seconds if that
   * is not a unit of time) and returns it.
   */
  startTimer(): () => number;
}

/** Records a distribution. */
export interface Histogram<V> extends Removable<V> {
  /** Records one measurement of zero or more in the series of `labels`. */
  record(value: number, ...labels: LabelArgs<V>): void;
  /**
   * Starts a timer with the labels that are known now. The returned function takes the other labels, records
   * the elapsed time in the spec's unit (or in seconds if that is not a unit of time), and returns it.
   */
  startTimer(labels?: Partial<V>): (labels?: Partial<V>) => number;
  /** The series of these labels, for repeated use. For invalid labels, a handle that drops measurements. */
  bind(...labels: LabelArgs<V>): BoundHistogram;
}

/** One series of a state. */
export interface BoundState {
  /** Sets the state to `value`. Attached readers no longer export the series of the previous state. */
  set(value: string | boolean): void;
}

/** Records a text or boolean, as a series with the value 1 and the state in a label. */
export interface State<V> extends Removable<V> {
  /**
   * Sets the state of `labels` to `value`. Attached readers no longer export the series of the previous
   * state.
   */
  set(value: string | boolean, ...labels: LabelArgs<V>): void;
  /** The state of these labels, for repeated use. For invalid labels, a handle that drops measurements. */
  bind(...labels: LabelArgs<V>): BoundState;
}

/** One series of a distribution that is set as a whole. */
export interface BoundDistribution {
  /** Replaces the series' value with the distribution of `values`. */
  set(values: Iterable<number>): void;
}

/** Records the current distribution of values, not the distribution since the start. */
export interface Distribution<V> extends Removable<V> {
  /** Replaces the value of the series of `labels` with the distribution of `values`. */
  set(values: Iterable<number>, ...labels: LabelArgs<V>): void;
  /** The series of these labels, for repeated use. For invalid labels, a handle that drops measurements. */
  bind(...labels: LabelArgs<V>): BoundDistribution;
}

/** The handle of each kind of metric. */
interface Handles<V> {
  readonly counter: Counter<V>;
  readonly upDownCounter: UpDownCounter<V>;
  readonly gauge: Gauge<V>;
  readonly histogram: Histogram<V>;
  readonly exponentialHistogram: Histogram<V>;
  readonly state: State<V>;
  readonly distribution: Distribution<V>;
}

/** The handle of a metric of kind `K`, whose label values are of type `V`. */
export type HandleOf<K extends MetricKind, V> = Handles<V>[K];
