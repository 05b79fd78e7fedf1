import type { Attributes } from "@opentelemetry/api";
import type { DropReason, DropSink } from "./drops.ts";
import { Series } from "./series.ts";
import type { MetricSpec } from "./spec.ts";

/** The arguments that carry the labels: none for a metric without labels. */
export type LabelArgs<V> = keyof V extends never
  ? [labels?: Readonly<Record<string, never>>]
  : [labels: V];

/** One series of a counter, found once and then only added to. */
export interface BoundCounter {
  /** Adds `amount`, which is zero or more. */
  add(amount: number): void;
}

/** Records a sum that only grows. */
export interface Counter<V> extends BoundCounterOf<V> {
  /** The series of these labels, for repeated use. Of a wrong label set: one that drops. */
  bind(...labels: LabelArgs<V>): BoundCounter;
}

interface BoundCounterOf<V> {
  /** Adds `amount`, which is zero or more, to the series of `labels`. */
  add(amount: number, ...labels: LabelArgs<V>): void;
}

/** One series of an up-down counter. */
export interface BoundUpDownCounter {
  /** Adds `amount`, which may be negative. */
  add(amount: number): void;
}

/** Records a sum that grows and shrinks. */
export interface UpDownCounter<V> {
  /** Adds `amount`, which may be negative, to the series of `labels`. */
  add(amount: number, ...labels: LabelArgs<V>): void;
  /** The series of these labels, for repeated use. Of a wrong label set: one that drops. */
  bind(...labels: LabelArgs<V>): BoundUpDownCounter;
}

/** One series of a gauge. */
export interface BoundGauge {
  /** Makes `value` the series' value. */
  set(value: number): void;
}

/** Records the last value set. */
export interface Gauge<V> {
  /** Makes `value` the value of the series of `labels`. */
  set(value: number, ...labels: LabelArgs<V>): void;
  /** The series of these labels, for repeated use. Of a wrong label set: one that drops. */
  bind(...labels: LabelArgs<V>): BoundGauge;
  /**
   * Lets the series be read from `read` at each collection; undefined means that there is nothing to
   * report now, and the series then leaves every attached reader.
   */
  observe(read: () => number | undefined, ...labels: LabelArgs<V>): void;
}

/** A series that holds one number: what a bound handle is. */
export class NumberCell {
  /** NaN until there is something to report. Only ever a number, so that V8 stores it unboxed. */
  value: number = Number.NaN;
  read: (() => number | undefined) | undefined;
  readonly #metric: NumberMetric;

  constructor(metric: NumberMetric, initial: number) {
    this.#metric = metric;
    this.value = initial;
  }

  add(amount: number): void {
    const metric = this.#metric;
    if (typeof amount === "number" && amount >= metric.least && amount < Infinity) {
      this.value += amount;
    } else metric.dropAmount(amount);
  }

  set(value: number): void {
    if (typeof value === "number" && value - value === 0) this.value = value;
    else this.#metric.dropAmount(value);
  }

  /** What a collection reports now. */
  current(): number | undefined {
    if (this.read !== undefined) return finite(this.read());
    return Number.isNaN(this.value) ? undefined : this.value;
  }
}

/** A counter, up-down counter or gauge with its series; what the three handles are. */
export class NumberMetric {
  readonly spec: MetricSpec<"counter" | "upDownCounter" | "gauge">;
  readonly series: Series<NumberCell>;
  /** No amount below this is added. */
  readonly least: number;
  readonly #drops: DropSink;

  constructor(spec: NumberMetric["spec"], drops: DropSink) {
    this.spec = spec;
    this.#drops = drops;
    this.least = spec.kind === "counter" ? 0 : -Number.MAX_VALUE;
    const initial = spec.kind === "gauge" ? Number.NaN : 0;
    this.series = new Series(spec.labels, spec.maxSeries, () => new NumberCell(this, initial));
  }

  add(amount: number, labels?: object): void {
    this.#cell(labels)?.add(amount);
  }

  set(value: number, labels?: object): void {
    this.#cell(labels)?.set(value);
  }

  bind(labels?: object): NumberCell {
    // A cell outside the series takes what a wrong label set would, and reports it each time.
    return this.#cell(labels) ?? new DroppingCell(this, labels);
  }

  observe(read: () => number | undefined, labels?: object): void {
    const cell = this.#cell(labels);
    if (cell !== undefined) cell.read = read;
  }

  /** Whether a collection must not report this series. */
  isAbsent(attributes: Attributes): boolean {
    return this.series.peek(attributes)?.current() === undefined;
  }

  dropAmount(amount: number): void {
    const negative = typeof amount === "number" && Number.isFinite(amount);
    this.drop(negative ? "negative" : "not_finite", amount);
  }

  drop(reason: DropReason, detail: unknown): void {
    this.#drops.drop(this.spec, reason, detail);
  }

  #cell(labels: object | undefined): NumberCell | undefined {
    return findCell(this.series, labels, this);
  }
}

/** Looks the cell up, and drops what has none. Labels that throw when read are a wrong set. */
export function findCell<C extends object>(
  series: Series<C>,
  labels: object | undefined,
  metric: { drop(reason: DropReason, detail: unknown): void },
): C | undefined {
  let cell: C | undefined;
  try {
    cell = series.find(labels as Readonly<Record<string, unknown>> | undefined);
  } catch {
    cell = undefined;
  }
  if (cell === undefined) metric.drop("wrong_labels", labels);
  else if (cell === series.overflow) metric.drop("overflow", labels);
  return cell;
}

class DroppingCell extends NumberCell {
  readonly #refuse: () => void;

  constructor(metric: NumberMetric, labels: unknown) {
    super(metric, 0);
    this.#refuse = (): void => metric.drop("wrong_labels", labels);
  }

  override add(): void {
    this.#refuse();
  }

  override set(): void {
    this.#refuse();
  }
}

function finite(value: number | undefined): number | undefined {
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}
