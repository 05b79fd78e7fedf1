import type { Attributes } from "@opentelemetry/api";
import type { StreamAggregation } from "../sdk/views.ts";
import { type Accumulator, accumulatorKey, accumulatorOf } from "./accumulate/accumulator.ts";
import type { DropReason, DropSink } from "./drops.ts";
import { type ExemplarOption, exemplarOf } from "./exemplars.ts";
import { findCell } from "./find-cell.ts";
import { type Cell, SDK_MAX_SERIES, Series } from "./series.ts";
import type { MetricKind, MetricSpec } from "./spec.ts";
import type { Exemplar } from "../points/types.ts";

/** What a registry gives its metrics. */
export interface MetricContext {
  readonly drops: DropSink;
  /** The wall clock, in milliseconds since the Unix epoch. */
  readonly now: () => number;
  readonly exemplars: ExemplarOption;
  /** Whether measurements of histograms may have to be told one by one to somebody who is not there yet. */
  readonly keepsEarly: () => boolean;
}

/** A series of a metric. */
export interface MetricCell extends Cell {
  isHidden: boolean;
  /** When this life of the series began, in milliseconds since the Unix epoch. */
  createdAtMs: number;
  /** What views want beside what the metric itself keeps, by the metric's taps. */
  taps: readonly Accumulator[];
  /** Forgets what it held: the series was removed. */
  drop(): void;
}

/** What metrics of every kind have: a spec, series, and what readers want of them. */
export abstract class MetricBase<K extends MetricKind, C extends MetricCell> {
  readonly spec: MetricSpec<K>;
  readonly series: Series<C>;
  /** Whether a series was ever removed: readers need to look only then. */
  hasRemoved = false;
  /** Whether no reader sees it. */
  isOff = false;
  /** Whether instruments of an SDK carry it, which never forget a series. */
  isCarried = false;
  /**
   * How often a global callback computed it; undefined of a metric that every process has. Each reader is told
   * of each run once.
   */
  globalRun: number | undefined;
  /** No point that a reader was told ends later, in milliseconds since the Unix epoch. */
  toldUntilMs = 0;
  protected readonly context: MetricContext;
  /** What views want beside what the metric itself keeps. Only ever grows: streams know it by index. */
  readonly #taps: StreamAggregation[] = [];
  /** The labels that each who gets the metric does without. */
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

  /** The cell of these labels; none, and a drop, for a wrong label set. */
  cell(labels: object | undefined): C | undefined {
    return findCell(this.series, labels, this);
  }

  remove(labels: object = {}): boolean {
    // Where a label tells no series apart, nobody knows what the label set brought.
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

  /** Whether a collection must not report what an SDK still holds of this series. */
  isAbsent(attributes: Attributes): boolean {
    const cell = this.series.peek(attributes);
    return cell !== undefined && (!this.series.has(cell) || cell.isHidden);
  }

  /**
   * Keeps this aggregation too from now on, in a tap of each cell.
   * @returns the tap's index, the same for the same aggregation
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

  /** Lets labels that nobody who gets the metric wants tell no series apart; undefined for one who left. */
  reduceFor(who: object, dropped: ReadonlySet<string> | undefined): void {
    if (dropped === undefined) this.#dropped.delete(who);
    else this.#dropped.set(who, dropped);
    const [first, ...others] = this.#dropped.values();
    if (first === undefined) return;
    const all = [...first].filter((label) => others.every((one) => one.has(label)));
    this.series.reduce(new Set(all));
  }

  /** When a life of a series begins: after all that readers were told of it before. */
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

  /** An accumulator with what is known of the measurements before. */
  protected abstract seeded(cell: C, aggregation: StreamAggregation): Accumulator;

  protected abstract tapsChanged(): void;

  /** The exemplar that a measurement of this value is; none unless they are wanted. */
  protected exemplarOf(value: number): Exemplar | undefined {
    const { exemplars, now } = this.context;
    return exemplars === "off" ? undefined : exemplarOf(value, now());
  }

  /** Whether a removed series makes room for another one. */
  protected get forgets(): boolean {
    return !this.isCarried;
  }
}

/** Whether no instrument of an SDK can carry a metric, without a view that makes it so. */
export function isBeyondInstruments({ kind, maxSeries }: MetricSpec): boolean {
  return kind === "exponentialHistogram" || kind === "distribution" || maxSeries > SDK_MAX_SERIES;
}
