import type { Attributes } from "@opentelemetry/api";
import type { Exemplar } from "../points/types.ts";
import type { StreamAggregation } from "../sdk/views.ts";
import { type Accumulator, accumulatorOf } from "./accumulate/accumulator.ts";
import { ExplicitHistogram } from "./accumulate/explicit.ts";
import { ExponentialHistogram } from "./accumulate/exponential.ts";
import type { BoundHistogram } from "./handles.ts";
import { MetricBase, type MetricCell, type MetricContext } from "./metric-base.ts";
import type { MetricSpec } from "./spec.ts";
import { startedTimer } from "./timer.ts";

/** Takes a histogram's measurements one by one, as an SDK's histogram does. */
export interface HistogramSink {
  record(value: number, attributes: Attributes): void;
}

/** The accumulator of a histogram's series. */
export type HistogramAccumulator = ExplicitHistogram | ExponentialHistogram;

/** A measurement that is stored until the sink exists. */
interface EarlyMeasurement {
  readonly cell: HistogramCell;
  readonly value: number;
}

/**
 * The most measurements that a histogram stores one by one, until it is known whether a sink or a view needs
 * them.
 */
const MAX_EARLY = 10_000;

/** A series of a histogram. It is also the bound handle. */
export class HistogramCell implements MetricCell {
  readonly attributes: Attributes;
  createdAtMs: number;
  taps: readonly Accumulator[] = [];
  isHidden = false;
  accumulator: HistogramAccumulator;
  /** The last measurement in a sampled span, for each bucket, if exemplars are on. */
  exemplars: (Exemplar | undefined)[] | undefined;
  /** Whether the cell does not record directly: its series was removed, or its metric is off. */
  isAway: boolean;
  readonly #metric: HistogramMetric;

  constructor(metric: HistogramMetric, attributes: Attributes) {
    this.#metric = metric;
    this.attributes = attributes;
    this.createdAtMs = metric.birth();
    this.accumulator = metric.newAccumulator();
    this.isAway = metric.isOff;
  }

  record(value: number): void {
    const metric = this.#metric;
    if (typeof value === "number" && value >= metric.least && value < Infinity) {
      if (this.isAway && !metric.restore(this, value)) return;
      this.accumulator.record(value);
    } else metric.recordSlowly(this, value);
  }

  startTimer(): () => number {
    const elapsed = startedTimer(this.#metric.spec.unit);
    return () => {
      const value = elapsed();
      this.record(value);
      return value;
    };
  }

  drop(): void {
    this.isAway = true;
    this.exemplars = undefined;
  }
}

/**
 * A histogram of either kind with its series. It is also the handle. While it is off it records nothing and
 * keeps its values.
 */
export class HistogramMetric extends MetricBase<
  "histogram" | "exponentialHistogram",
  HistogramCell
> {
  /** The lowest value for the fast path. NaN disables the fast path, because there is more to do. */
  least = 0;
  #sink: HistogramSink | undefined;
  #early: EarlyMeasurement[] | undefined;

  constructor(spec: MetricSpec<"histogram" | "exponentialHistogram">, context: MetricContext) {
    super(spec, context, (attributes) => new HistogramCell(this, attributes));
    if (context.keepsEarly()) this.#early = [];
    this.tapsChanged();
  }

  record(value: number, labels?: object): void {
    if (!this.isOff) this.cell(labels)?.record(value);
  }

  startTimer(labels?: object): (labels?: object) => number {
    const elapsed = startedTimer(this.spec.unit);
    return (more) => {
      const value = elapsed();
      this.record(value, more === undefined ? labels : { ...labels, ...more });
      return value;
    };
  }

  bind(labels?: object): BoundHistogram {
    return (
      this.cell(labels) ?? {
        record: (): void => this.drop("wrong_labels", labels),
        startTimer: () => this.startTimer(labels),
      }
    );
  }

  /** Passes each measurement to `sink` from now on. Passes the stored measurements first. */
  connect(sink: HistogramSink): void {
    this.#sink = sink;
    for (const { cell, value } of this.#takeEarly()) sink.record(value, cell.attributes);
    this.tapsChanged();
  }

  /** Removes the sink. Measurements are stored one by one again. */
  disconnect(): void {
    this.#sink = undefined;
    this.#early = [];
    this.tapsChanged();
  }

  /** Stops storing measurements one by one: everything that needs them is known now. */
  endEarly(): void {
    this.#takeEarly();
    this.tapsChanged();
  }

  /** Creates the series of a metric without labels, so that it is exported before its first measurement. */
  begin(): void {
    if (this.spec.labels.length === 0) this.series.find(undefined);
  }

  /** Turns the metric on or off. Idempotent. */
  turn(on: boolean): void {
    this.isOff = !on;
    for (const cell of this.series.cells()) cell.isAway = !on;
  }

  /**
   * Restores the series of a removed cell, at zero.
   * @returns whether the caller must still record the value; false while the metric is off
   */
  restore(cell: HistogramCell, value: number): boolean {
    if (this.isOff) return false;
    const heir = this.series.heirOf(cell);
    if (heir !== undefined) {
      heir.record(value);
      return false;
    }
    cell.isAway = false;
    if (this.series.has(cell)) return true;
    cell.createdAtMs = this.birth(cell);
    cell.accumulator = this.newAccumulator();
    cell.taps = this.newTaps();
    this.series.restore(cell);
    return true;
  }

  /** The slow path of `record`: does everything else that is necessary, and drops invalid values. */
  recordSlowly(cell: HistogramCell, value: number): void {
    if (!(typeof value === "number" && value >= 0 && value < Infinity)) {
      this.drop(Number.isFinite(value) ? "negative" : "not_finite", value);
      return;
    }
    if (cell.isAway && !this.restore(cell, value)) return;
    cell.accumulator.record(value);
    for (const tap of cell.taps) tap.record(value);
    if (this.#sink !== undefined) this.#sink.record(value, cell.attributes);
    else this.#keepEarly(cell, value);
    this.#keepExemplar(cell, value);
  }

  newAccumulator(): HistogramAccumulator {
    const { buckets } = this.spec;
    return buckets === undefined ? new ExponentialHistogram() : new ExplicitHistogram(buckets);
  }

  protected override seeded(cell: HistogramCell, aggregation: StreamAggregation): Accumulator {
    const accumulator = accumulatorOf(aggregation);
    for (const early of this.#early ?? []) {
      if (early.cell === cell) accumulator.record(early.value);
    }
    return accumulator;
  }

  protected override tapsChanged(): void {
    const isPlain =
      !this.hasTaps &&
      this.context.exemplars === "off" &&
      this.#sink === undefined &&
      this.#early === undefined;
    this.least = isPlain ? 0 : Number.NaN;
  }

  #keepEarly(cell: HistogramCell, value: number): void {
    if (this.#early === undefined) return;
    if (this.#early.length < MAX_EARLY) this.#early.push({ cell, value });
    else if (this.isCarried) this.drop("early_limit", MAX_EARLY);
  }

  /** Takes the stored measurements of the series that still exist. */
  #takeEarly(): readonly EarlyMeasurement[] {
    const early = this.#early ?? [];
    this.#early = undefined;
    return early.filter(({ cell }) => this.series.has(cell));
  }

  #keepExemplar(cell: HistogramCell, value: number): void {
    const exemplar = this.exemplarOf(value);
    if (exemplar === undefined) return;
    const { accumulator } = cell;
    const bucket = accumulator instanceof ExplicitHistogram ? accumulator.bucketOf(value) : 0;
    (cell.exemplars ??= [])[bucket] = exemplar;
  }
}
