import type { Attributes } from "@opentelemetry/api";
import type { DropReason, DropSink } from "./drops.ts";
import { findCell } from "./find-cell.ts";
import { clearSeries, removeSeries } from "./removal.ts";
import { type Cell, SDK_MAX_SERIES, Series } from "./series.ts";
import type { MetricSpec } from "./spec.ts";

/** A series that holds one number: what a bound handle is. */
export class NumberCell implements Cell {
  readonly attributes: Attributes;
  /** Milliseconds since the Unix epoch. */
  createdAtMs: number;
  /**
   * NaN while there is nothing to report: before a gauge is set, and while the series is removed. Only
   * ever a number, so that V8 stores it unboxed.
   */
  value: number = Number.NaN;
  read: (() => number | undefined) | undefined;
  readonly #metric: NumberMetric;

  constructor(metric: NumberMetric, attributes: Attributes, initial: number) {
    this.#metric = metric;
    this.attributes = attributes;
    this.createdAtMs = Date.now();
    this.value = initial;
  }

  add(amount: number): void {
    const metric = this.#metric;
    if (typeof amount === "number" && amount >= metric.least && amount < Infinity) {
      this.value += amount;
      if (Number.isNaN(this.value)) metric.restore(this, amount);
    } else metric.dropAmount(amount);
  }

  set(value: number): void {
    if (typeof value === "number" && value - value === 0) {
      if (Number.isNaN(this.value)) this.#metric.restore(this, value);
      else this.value = value;
    } else this.#metric.dropAmount(value);
  }

  /** What a collection reports now. */
  current(): number | undefined {
    if (this.read !== undefined) return finite(this.read());
    return Number.isNaN(this.value) ? undefined : this.value;
  }

  /** Forgets what it held: the series was removed. */
  drop(): void {
    this.value = Number.NaN;
    this.read = undefined;
  }
}

/**
 * A counter, up-down counter, gauge or state with its series; what the handles are. While it is off a
 * counter takes nothing and keeps what it had; the other kinds go on, since what they say is how things
 * stand, and must be right when they are on again.
 */
export class NumberMetric {
  readonly spec: MetricSpec<"counter" | "upDownCounter" | "gauge" | "state">;
  readonly series: Series<NumberCell>;
  /** No amount below this is added. */
  readonly least: number;
  /** Whether a producer of ours reports it, and not an SDK's instrument, which never forgets. */
  readonly isOwn: boolean;
  /** Whether a series was ever removed: readers need to look only then. */
  hasRemoved = false;
  /** Whether no reader sees it. */
  isOff = false;
  readonly #drops: DropSink;
  /** What the cells held when the counter was turned off; a cell without a value takes the slow path. */
  #kept: Map<NumberCell, number> | undefined;

  constructor(spec: NumberMetric["spec"], drops: DropSink, isOwn: boolean) {
    this.spec = spec;
    this.isOwn = isOwn || spec.maxSeries > SDK_MAX_SERIES;
    this.#drops = drops;
    this.least = spec.kind === "counter" ? 0 : -Number.MAX_VALUE;
    const initial = spec.kind === "gauge" || spec.kind === "state" ? Number.NaN : 0;
    this.series = new Series(
      spec.labels,
      spec.maxSeries,
      (attributes) =>
        new NumberCell(this, attributes, this.#kept === undefined ? initial : Number.NaN),
    );
  }

  add(amount: number, labels?: object): void {
    if (this.#kept === undefined) this.cell(labels)?.add(amount);
  }

  set(value: number, labels?: object): void {
    this.cell(labels)?.set(value);
  }

  bind(labels?: object): NumberCell {
    // A cell outside the series takes what a wrong label set would, and reports it each time.
    return this.cell(labels) ?? new DroppingCell(this, labels);
  }

  observe(read: () => number | undefined, labels?: object): void {
    const cell = this.cell(labels);
    if (cell === undefined) return;
    this.series.restore(cell);
    cell.read = read;
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

  /** Turns it on or off. Idempotent. */
  turn(on: boolean): void {
    if (on === !this.isOff) return;
    this.isOff = !on;
    if (this.spec.kind !== "counter") return;
    if (on) this.#thaw();
    else this.#freeze();
  }

  /** Whether a collection must not report this series. */
  isAbsent(attributes: Attributes): boolean {
    const cell = this.series.peek(attributes);
    return cell === undefined || !this.series.has(cell) || isSilent(cell);
  }

  /** Lets a cell report again that had nothing to report, or whose series was removed. */
  restore(cell: NumberCell, value: number): void {
    if (this.#kept !== undefined) return;
    if (!this.series.has(cell)) cell.createdAtMs = Date.now();
    cell.value = value;
    this.series.restore(cell);
  }

  dropAmount(amount: number): void {
    const negative = typeof amount === "number" && Number.isFinite(amount);
    this.drop(negative ? "negative" : "not_finite", amount);
  }

  drop(reason: DropReason, detail: unknown): void {
    this.#drops.drop(this.spec, reason, detail);
  }

  #freeze(): void {
    this.#kept = new Map();
    for (const cell of this.#allCells()) {
      this.#kept.set(cell, cell.value);
      cell.value = Number.NaN;
    }
  }

  #thaw(): void {
    const kept = this.#kept;
    this.#kept = undefined;
    for (const cell of this.#allCells()) cell.value = kept?.get(cell) ?? 0;
  }

  #allCells(): NumberCell[] {
    return [...this.series.cells(), ...this.series.hidden()];
  }

  /** The cell of these labels; none, and a drop, for a wrong label set. */
  cell(labels: object | undefined): NumberCell | undefined {
    return findCell(this.series, labels, this);
  }
}

class DroppingCell extends NumberCell {
  readonly #refuse: () => void;

  constructor(metric: NumberMetric, labels: unknown) {
    super(metric, {}, 0);
    this.#refuse = (): void => metric.drop("wrong_labels", labels);
  }

  override add(): void {
    this.#refuse();
  }

  override set(): void {
    this.#refuse();
  }
}

function isSilent(cell: NumberCell): boolean {
  try {
    return cell.current() === undefined;
  } catch {
    return true;
  }
}

function finite(value: number | undefined): number | undefined {
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}
