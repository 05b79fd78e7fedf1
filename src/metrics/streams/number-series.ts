import type { Attributes, HrTime } from "@opentelemetry/api";
import { DELTA, type Exemplar, type PointLike, SUM } from "../../points/types.ts";
import { LastValue as LastValueTap, type Accumulator } from "../accumulate/accumulator.ts";
import type { HistogramCell } from "../histogram-metric.ts";
import type { MetricCell } from "../metric-base.ts";
import { NumberCell } from "../number-metric.ts";
import type { StreamPlan } from "./plan.ts";
import { type LastValue, StreamSeries } from "./stream-series.ts";

/** One series of a sum or gauge. */
export class NumberSeries extends StreamSeries<MetricCell> {
  readonly #plan: StreamPlan;
  /** The index of the cells' tap to read; -1 for the cells' own value. */
  readonly #tap: number;
  /** The sum of the values of removed cells. */
  #kept = 0;
  #told: number | undefined;

  constructor(attributes: Attributes, plan: StreamPlan, tap: number) {
    super(attributes);
    this.#plan = plan;
    this.#tap = tap;
  }

  override get exemplar(): Exemplar | undefined {
    const { only } = this;
    return only instanceof NumberCell ? only.exemplar : undefined;
  }

  override number(): number | undefined {
    const value = this.#value();
    if (Number.isNaN(value)) return undefined;
    // Most series do not change, and not writing is cheaper.
    if (this.#told !== value) this.#told = value;
    return value;
  }

  override point(nowMs: number, now: HrTime): PointLike | undefined {
    const value = this.#value();
    if (Number.isNaN(value)) return undefined;
    const told = this.#told;
    this.#told = value;
    const isDelta = this.#plan.type === SUM && this.#plan.temporality === DELTA;
    if (isDelta && value === told) return undefined;
    const { attributes, startTime, exemplar } = this;
    const endTime = this.endTime(nowMs, now);
    if (isDelta) this.beginAt(Math.max(nowMs, this.startMs));
    const own = isDelta ? value - (told ?? 0) : value;
    return exemplar === undefined
      ? { attributes, startTime, endTime, value: own }
      : { attributes, startTime, endTime, value: own, exemplars: [exemplar] };
  }

  override close(): void {
    // Nothing to do: nothing refers to this series.
  }

  protected override lastValue(): LastValue | undefined {
    if (!this.#plan.isMonotonic) return undefined;
    const value = this.#value();
    const told = this.#told ?? 0;
    if (Number.isNaN(value) || value === told) return undefined;
    return {
      startMs: this.startMs,
      value: this.#plan.temporality === DELTA ? value - told : value,
    };
  }

  protected override keep(cell: MetricCell): void {
    const value = this.#read(cell);
    if (this.#plan.isMonotonic && !Number.isNaN(value)) this.#kept += value;
  }

  /** The current value. NaN if there is none. */
  #value(): number {
    if (this.only !== undefined) return this.#read(this.only) + this.#kept;
    return this.#plan.type === SUM ? this.#sum() : this.#latest();
  }

  #sum(): number {
    let sum = this.#kept;
    let isThere = false;
    for (const cell of this.members) {
      const value = this.#read(cell);
      if (Number.isNaN(value)) continue;
      sum += value;
      isThere = true;
    }
    return isThere ? sum : Number.NaN;
  }

  #latest(): number {
    let latest = Number.NaN;
    let order = -1;
    for (const cell of this.members) {
      const value = this.#read(cell);
      const own = this.#tap === -1 ? (cell as NumberCell).order : tapOrder(cell.taps[this.#tap]);
      if (Number.isNaN(value) || own <= order) continue;
      latest = value;
      order = own;
    }
    return latest;
  }

  #read(cell: MetricCell): number {
    if (this.#tap !== -1) return tapValue(cell.taps[this.#tap]);
    if (cell instanceof NumberCell) return cell.value;
    // The cell is a histogram, which has a sum too.
    const { accumulator } = cell as HistogramCell;
    return accumulator.count > 0 ? accumulator.sum : Number.NaN;
  }
}

function tapValue(tap: Accumulator | undefined): number {
  return tap === undefined || tap.count === 0 ? Number.NaN : (tap.value() as number);
}

function tapOrder(tap: Accumulator | undefined): number {
  return tap instanceof LastValueTap ? tap.order : 0;
}
