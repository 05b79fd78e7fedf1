import type { Attributes } from "@opentelemetry/api";
import { ExplicitHistogram } from "./accumulate/explicit.ts";
import { ExponentialHistogram } from "./accumulate/exponential.ts";
import type { DropReason, DropSink } from "./drops.ts";
import { findCell } from "./find-cell.ts";
import type { BoundHistogram } from "./handles.ts";
import { clearSeries, removeSeries } from "./removal.ts";
import { type Cell, SDK_MAX_SERIES, Series } from "./series.ts";
import type { MetricSpec } from "./spec.ts";

/** What takes a histogram's measurements while an SDK is there. */
export interface HistogramSink {
  record(value: number, attributes: Attributes): void;
}

/** What a series of our own accumulates in. */
export type Accumulator = ExplicitHistogram | ExponentialHistogram;

/** A measurement that waits for an SDK. */
export interface EarlyMeasurement {
  readonly cell: HistogramCell;
  readonly value: number;
}

/** The measurements that a histogram keeps until an SDK comes. */
const MAX_EARLY = 10_000;

/** A series of a histogram: what a bound handle is. */
export class HistogramCell implements Cell {
  readonly attributes: Attributes;
  /** Milliseconds since the Unix epoch. */
  createdAtMs: number;
  /** Undefined where the SDK accumulates. */
  accumulator: Accumulator | undefined;
  /** Whether it takes nothing as it is: its series was removed, or its metric is off. */
  isAway: boolean;
  readonly #metric: HistogramMetric;

  constructor(
    metric: HistogramMetric,
    attributes: Attributes,
    accumulator: Accumulator | undefined,
  ) {
    this.#metric = metric;
    this.attributes = attributes;
    this.createdAtMs = Date.now();
    this.accumulator = accumulator;
    this.isAway = metric.isOff;
  }

  record(value: number): void {
    if (!(typeof value === "number" && value >= 0 && value < Infinity)) {
      this.#metric.dropValue(value);
      return;
    }
    if (this.isAway && !this.#metric.restore(this)) return;
    if (this.accumulator !== undefined) this.accumulator.record(value);
    else this.#metric.hand(this, value);
  }

  /** Forgets what it held: the series was removed. */
  drop(): void {
    this.isAway = true;
    this.accumulator = undefined;
  }
}

/**
 * A histogram of either kind with its series; what the handle is. While it is off it takes nothing, and
 * keeps what it had.
 */
export class HistogramMetric {
  readonly spec: MetricSpec<"histogram" | "exponentialHistogram">;
  readonly series: Series<HistogramCell>;
  /** Whether it accumulates itself, for a producer of ours to report. */
  readonly isOwn: boolean;
  /** Whether a series was ever removed: readers need to look only then. */
  hasRemoved = false;
  /** Whether no reader sees it. */
  isOff = false;
  readonly #drops: DropSink;
  #sink: HistogramSink | undefined;
  #early: EarlyMeasurement[] = [];
  #wasConnected = false;

  constructor(spec: HistogramMetric["spec"], drops: DropSink, isOwn: boolean) {
    this.spec = spec;
    this.#drops = drops;
    // No instrument of the SDK's is exponential, but where a view makes it so.
    this.isOwn = isOwn || spec.kind === "exponentialHistogram" || spec.maxSeries > SDK_MAX_SERIES;
    this.series = new Series(
      spec.labels,
      spec.maxSeries,
      (attributes) => new HistogramCell(this, attributes, this.#newAccumulator()),
    );
  }

  record(value: number, labels?: object): void {
    if (!this.isOff) findCell(this.series, labels, this)?.record(value);
  }

  bind(labels?: object): BoundHistogram {
    return (
      findCell(this.series, labels, this) ?? {
        record: (): void => this.drop("wrong_labels", labels),
      }
    );
  }

  remove(labels?: object): boolean {
    this.hasRemoved = true;
    return removeSeries(this.series, labels, this.isOwn);
  }

  hide(labels?: object): boolean {
    this.hasRemoved = true;
    return this.series.setHidden((labels ?? {}) as Cell["attributes"], true);
  }

  show(labels?: object): boolean {
    return this.series.setHidden((labels ?? {}) as Cell["attributes"], false);
  }

  clear(): void {
    this.hasRemoved = true;
    clearSeries(this.series, this.isOwn);
  }

  /** Gives a measurement to the SDK's histogram, or keeps it until there is one. */
  hand(cell: HistogramCell, value: number): void {
    if (this.#sink !== undefined) this.#sink.record(value, cell.attributes);
    else if (this.#early.length < MAX_EARLY) this.#early.push({ cell, value });
    else this.drop("early_limit", MAX_EARLY);
  }

  /** From now on measurements go to `sink`; those kept so far go first. */
  connect(sink: HistogramSink): void {
    this.#sink = sink;
    this.#wasConnected = true;
    const early = this.#early;
    this.#early = [];
    for (const { cell, value } of early)
      if (this.series.has(cell)) sink.record(value, cell.attributes);
  }

  /** From now on measurements are kept again. */
  disconnect(): void {
    this.#sink = undefined;
  }

  /** All measurements that were made, where none went to an SDK yet; undefined where some did. */
  get early(): readonly EarlyMeasurement[] | undefined {
    return this.#wasConnected ? undefined : this.#early;
  }

  /** Whether a collection must not report this series. */
  isAbsent(attributes: Attributes): boolean {
    const cell = this.series.peek(attributes);
    return cell === undefined || !this.series.has(cell);
  }

  /** Turns it on or off. Idempotent. */
  turn(on: boolean): void {
    this.isOff = !on;
    for (const cell of this.series.cells()) cell.isAway = !on;
    for (const cell of this.series.hidden()) cell.isAway = !on;
  }

  /**
   * Brings the series of a removed cell back, at zero.
   * @returns whether it may be recorded to; not so while the metric is off
   */
  restore(cell: HistogramCell): boolean {
    if (this.isOff) return false;
    cell.isAway = false;
    cell.createdAtMs = Date.now();
    cell.accumulator = this.#newAccumulator();
    this.series.restore(cell);
    return true;
  }

  dropValue(value: unknown): void {
    const negative = typeof value === "number" && Number.isFinite(value);
    this.drop(negative ? "negative" : "not_finite", value);
  }

  drop(reason: DropReason, detail: unknown): void {
    this.#drops.drop(this.spec, reason, detail);
  }

  #newAccumulator(): Accumulator | undefined {
    if (!this.isOwn) return undefined;
    return this.spec.buckets === undefined
      ? new ExponentialHistogram()
      : new ExplicitHistogram(this.spec.buckets);
  }
}
