import type { Attributes } from "@opentelemetry/api";
import type { StreamAggregation } from "../sdk/views.ts";
import { type Accumulator, accumulatorKey, accumulatorOf } from "./accumulate/accumulator.ts";
import type { DropReason, DropSink } from "./drops.ts";
import { type ExemplarOption, exemplarOf } from "./exemplars.ts";
import { findCell } from "./find-cell.ts";
import { type Cell, SDK_MAX_SERIES, Series } from "./series.ts";
import type { MetricKind, MetricSpec } from "./spec.ts";
import type { Exemplar } from "../points/types.ts";

/** What a registry provides to its metrics. */
export interface MetricContext {
  readonly drops: DropSink;
  /** The wall clock, in milliseconds since the Unix epoch. */
  readonly now: () => number;
  readonly exemplars: ExemplarOption;
  /**
   * Whether histograms must store their measurements one by one, because a later sink or view may need them.
   */
  readonly keepsEarly: () => boolean;
}

/** A series of a metric. */
export interface MetricCell extends Cell {
  isHidden: boolean;
  /** When the series began or was last restored, in milliseconds since the Unix epoch. */
  createdAtMs: number;
  /** The additional accumulators that views need, in the order of the metric's taps. */
  taps: readonly Accumulator[];
  /** Clears the value, because the series was removed. */
  drop(): void;
}

/** The base of all kinds of metrics: a spec, series, and what readers need from them. */
export abstract class MetricBase<K extends MetricKind, C extends MetricCell> {
  readonly spec: MetricSpec<K>;
  readonly series: Series<C>;
  /** Whether a series was ever removed. Readers check for removed series only then. */
  hasRemoved = false;
  /** Whether the metric is off, so that no reader exports it. */
  isOff = false;
  /** Whether instruments of an SDK export it. They never forget a series. */
  isCarried = false;
  /**
   * How often a global callback has computed the metric, or undefined if it is not global. Each reader
   * exports each run once.
   */
  globalRun: number | undefined;
  /** The latest end time of all exported points, in milliseconds since the Unix epoch. */
  toldUntilMs = 0;
  protected readonly context: MetricContext;
  /**
   * The additional aggregations that views need. The list only grows, because streams refer to it by index.
   */
  readonly #taps: StreamAggregation[] = [];
  /** The labels that each consumer of the metric drops. */
  readonly #dropped = new Map<object, ReadonlySet<string>>();

  constructor(
    spec: MetricSpec<K>,
    context: MetricContext,
    createCell: (attributes: Attributes) => C,
  ) {
    this.spec = spec;
    this.context = context;
    this.series = new Series(spec.labels, spec.maxSeries, (attributes) => {
      const cell = createCell(attributes);
      cell.taps = this.newTaps();
      return cell;
    });
  }

  /** Returns the cell of these labels. For a wrong label set it reports a drop and returns undefined. */
  cell(labels: object | undefined): C | undefined {
    return findCell(this.series, labels, this);
  }

  remove(labels: object = {}): boolean {
    // If a label is dropped, several label sets share a series, and nobody knows the share of each.
    if (this.series.isReduced) return false;
    this.hasRemoved = true;
    const cell = this.series.remove(labels as Readonly<Record<string, unknown>>, this.forgets);
    cell?.drop();
    return cell !== undefined;
  }

  hide(labels: object = {}): boolean {
    this.hasRemoved = true;
    return this.series.setHidden(labels as Readonly<Record<string, unknown>>, true);
  }

  show(labels: object = {}): boolean {
    return this.series.setHidden(labels as Readonly<Record<string, unknown>>, false);
  }

  clear(): void {
    this.hasRemoved = true;
    for (const cell of this.series.clear(this.forgets)) cell.drop();
  }

  /** Whether a collection must leave this series out, although an SDK still holds it. */
  isAbsent(attributes: Attributes): boolean {
    const cell = this.series.peek(attributes);
    return cell !== undefined && (!this.series.has(cell) || cell.isHidden);
  }

  /**
   * Adds an aggregation: from now on each cell also records to a tap, an accumulator of this aggregation.
   * @returns the index of the tap, the same for the same aggregation
   */
  tap(aggregation: StreamAggregation): number {
    const key = accumulatorKey(aggregation);
    const known = this.#taps.findIndex((one) => accumulatorKey(one) === key);
    if (known !== -1) return known;
    this.#taps.push(aggregation);
    for (const cell of this.series.cells()) {
      cell.taps = [...cell.taps, this.seeded(cell, aggregation)];
    }
    this.tapsChanged();
    return this.#taps.length - 1;
  }

  /**
   * Stops distinguishing series by labels that every consumer drops.
   * @param dropped the labels that `who` drops; undefined if `who` no longer gets the metric
   */
  reduceFor(who: object, dropped: ReadonlySet<string> | undefined): void {
    if (dropped === undefined) this.#dropped.delete(who);
    else this.#dropped.set(who, dropped);
    const [first, ...others] = this.#dropped.values();
    if (first === undefined) return;
    const all = [...first].filter((label) => others.every((one) => one.has(label)));
    this.series.reduce(new Set(all));
  }

  /**
   * Returns the start time of a new or restored series. It is later than all points that were exported
   * before.
   */
  birth(cell?: C): number {
    const after = this.hasRemoved ? this.toldUntilMs + 1 : this.toldUntilMs;
    return Math.max(this.context.now(), after, (cell?.createdAtMs ?? -1) + 1);
  }

  drop(reason: DropReason, detail: unknown): void {
    this.context.drops.drop(this.spec, reason, detail);
  }

  protected get hasTaps(): boolean {
    return this.#taps.length > 0;
  }

  protected newTaps(): readonly Accumulator[] {
    return this.#taps.map(accumulatorOf);
  }

  /** Creates an accumulator with the earlier measurements, as far as they are known. */
  protected abstract seeded(cell: C, aggregation: StreamAggregation): Accumulator;

  protected abstract tapsChanged(): void;

  /** Returns the exemplar of a measurement, or undefined if exemplars are off. */
  protected exemplarOf(value: number): Exemplar | undefined {
    const { exemplars, now } = this.context;
    return exemplars === "off" ? undefined : exemplarOf(value, now());
  }

  /** Whether a removed series makes room for another one under the limit. */
  protected get forgets(): boolean {
    return !this.isCarried;
  }
}

/** Whether no instrument of an SDK can export the metric. */
export function isBeyondInstruments({ kind, maxSeries }: MetricSpec): boolean {
  return kind === "exponentialHistogram" || kind === "distribution" || maxSeries > SDK_MAX_SERIES;
}
