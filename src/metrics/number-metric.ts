import type { Attributes } from "@opentelemetry/api";
import type { Exemplar } from "../points/types.ts";
import { createReporter } from "../shared/report.ts";
import type { StreamAggregation } from "../sdk/views.ts";
import { type Accumulator, accumulatorOf } from "./accumulate/accumulator.ts";
import { MetricBase, type MetricCell, type MetricContext } from "./metric-base.ts";
import type { MetricSpec } from "./spec.ts";

type NumberKind = "counter" | "upDownCounter" | "gauge" | "state";

/**
 * A series with one number. It is also the bound handle of every kind. One class for all of them keeps reading
 * and adding fast, so the bound handle of a counter has a `set` in plain JavaScript.
 */
export class NumberCell implements MetricCell {
  readonly attributes: Attributes;
  createdAtMs: number;
  taps: readonly Accumulator[] = [];
  isHidden = false;
  /**
   * NaN means no value: a gauge before it is set, or a removed series. It is always a number, so that V8
   * stores it unboxed.
   */
  value: number = Number.NaN;
  /**
   * The number of the last `set`, counted over all series of the metric. It shows which of several series was
   * set last.
   */
  order = 0;
  /** The last measurement in a sampled span, if exemplars are on. */
  exemplar: Exemplar | undefined;
  read: (() => number | undefined) | undefined;
  readonly #metric: NumberMetric;

  constructor(metric: NumberMetric, attributes: Attributes, initial: number) {
    this.#metric = metric;
    this.attributes = attributes;
    this.createdAtMs = metric.birth();
    this.value = initial;
  }

  add(amount: number): void {
    const metric = this.#metric;
    if (typeof amount === "number" && amount >= metric.least && amount < Infinity) {
      this.value += amount;
      if (Number.isNaN(this.value)) metric.restore(this, amount);
    } else metric.addSlowly(this, amount);
  }

  set(value: number): void {
    const metric = this.#metric;
    if (typeof value === "number" && value >= metric.least && value < Infinity) {
      this.order = ++metric.order;
      if (Number.isNaN(this.value)) metric.restore(this, value);
      else this.value = value;
    } else metric.setSlowly(this, value);
  }

  drop(): void {
    this.value = Number.NaN;
    this.read = undefined;
    this.exemplar = undefined;
  }
}

/**
 * A counter, up-down counter, gauge or state with its series. Its subclasses are the handles of their kinds.
 * While a counter is off, it records nothing and keeps its values. The other kinds still record while they
 * are off, because they describe a current state, which must be right when they are turned on again.
 */
export abstract class NumberMetric extends MetricBase<NumberKind, NumberCell> {
  /** The lowest amount for the fast path. NaN disables the fast path, because there is more to do. */
  least: number;
  /** How often a value was set, over all series. */
  order = 0;
  readonly #lowest: number;
  readonly #report = createReporter("metrics");
  /** The cells with a callback, which each collection calls. */
  readonly #observed = new Set<NumberCell>();
  /**
   * The values of the cells when the counter was turned off. Meanwhile the cells are NaN and so take the slow
   * path.
   */
  #kept: Map<NumberCell, number> | undefined;

  constructor(spec: MetricSpec<NumberKind>, context: MetricContext) {
    const initial = spec.kind === "gauge" || spec.kind === "state" ? Number.NaN : 0;
    super(
      spec,
      context,
      (attributes) =>
        new NumberCell(this, attributes, this.#kept === undefined ? initial : Number.NaN),
    );
    this.#lowest = spec.kind === "counter" ? 0 : -Number.MAX_VALUE;
    this.least = this.#lowest;
    this.tapsChanged();
  }

  bind(labels?: object): NumberCell {
    // For a wrong label set, return a cell outside the series that drops every measurement and reports it.
    return this.cell(labels) ?? new DroppingCell(this, labels);
  }

  /** Calls the callback of each cell that has one. Each collection starts with this. */
  readObserved(): void {
    for (const cell of this.#observed) {
      if (cell.read === undefined) {
        this.#observed.delete(cell);
        continue;
      }
      try {
        const value = cell.read();
        cell.value = value !== undefined && Number.isFinite(value) ? value : Number.NaN;
        if (!Number.isNaN(cell.value)) this.#tap(cell, cell.value);
        cell.order = ++this.order;
      } catch (error) {
        cell.value = Number.NaN;
        const { name } = this.spec;
        this.#report.warnOnce(`read/${name}`, `${name} cannot be read`, error);
      }
    }
  }

  /**
   * Creates the series of a counter without labels, so that it is exported before its first measurement. A
   * gauge has no value yet.
   */
  begin(): void {
    const { kind, labels } = this.spec;
    if (labels.length === 0 && (kind === "counter" || kind === "upDownCounter")) {
      this.series.find(undefined);
    }
  }

  /** Turns the metric on or off. Idempotent. */
  turn(on: boolean): void {
    if (on === !this.isOff) return;
    this.isOff = !on;
    if (this.spec.kind !== "counter") return;
    if (on) this.#thaw();
    else this.#freeze();
  }

  override isAbsent(attributes: Attributes): boolean {
    return (
      super.isAbsent(attributes) || Number.isNaN(this.series.peek(attributes)?.value ?? Infinity)
    );
  }

  /** Gives a cell a value that had none, or whose series was removed. */
  restore(cell: NumberCell, value: number): void {
    if (this.#kept !== undefined) return;
    if (this.series.has(cell)) {
      cell.value = value;
      return;
    }
    const heir = this.series.heirOf(cell);
    if (heir !== undefined) {
      if (this.#isSum) heir.add(value);
      else heir.set(value);
      return;
    }
    cell.createdAtMs = this.birth(cell);
    cell.taps = this.newTaps();
    cell.value = value;
    this.series.restore(cell);
  }

  /** The slow path of `add`: does everything else that is necessary, and drops invalid amounts. */
  addSlowly(cell: NumberCell, amount: number): void {
    if (!this.#isFit(amount)) return;
    if (Number.isNaN(cell.value)) this.restore(cell, amount);
    else cell.value += amount;
    if (this.#kept === undefined) this.#tap(cell, amount);
  }

  /** The slow path of `set`: does everything else that is necessary, and drops invalid values. */
  setSlowly(cell: NumberCell, value: number): void {
    if (!this.#isFit(value)) return;
    cell.order = ++this.order;
    if (Number.isNaN(cell.value)) this.restore(cell, value);
    else cell.value = value;
    this.#tap(cell, value);
  }

  /** Whether the counter is off, so that its cells keep no values. */
  protected get isFrozen(): boolean {
    return this.#kept !== undefined;
  }

  /** Calls `read` at each collection for the value of the cell. */
  protected observeCell(cell: NumberCell, read: () => number | undefined): void {
    this.series.restore(cell);
    cell.read = read;
    this.#observed.add(cell);
  }

  protected override seeded(cell: NumberCell, aggregation: StreamAggregation): Accumulator {
    const accumulator = accumulatorOf(aggregation);
    // Record the earlier measurements as one, because only their result is known.
    if (!Number.isNaN(cell.value) && (cell.value !== 0 || !this.#isSum)) {
      accumulator.record(cell.value);
    }
    return accumulator;
  }

  protected override tapsChanged(): void {
    const isPlain = !this.hasTaps && this.context.exemplars === "off";
    this.least = isPlain ? this.#lowest : Number.NaN;
  }

  get #isSum(): boolean {
    return this.spec.kind === "counter" || this.spec.kind === "upDownCounter";
  }

  #isFit(value: number): boolean {
    if (typeof value === "number" && value >= this.#lowest && value < Infinity) return true;
    const negative = typeof value === "number" && Number.isFinite(value);
    this.drop(negative ? "negative" : "not_finite", value);
    return false;
  }

  #tap(cell: NumberCell, value: number): void {
    for (const tap of cell.taps) tap.record(value);
    cell.exemplar = this.exemplarOf(value) ?? cell.exemplar;
  }

  #freeze(): void {
    this.#kept = new Map();
    for (const cell of this.series.cells()) {
      this.#kept.set(cell, cell.value);
      cell.value = Number.NaN;
    }
  }

  #thaw(): void {
    const kept = this.#kept;
    this.#kept = undefined;
    for (const cell of this.series.cells()) cell.value = kept?.get(cell) ?? 0;
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
