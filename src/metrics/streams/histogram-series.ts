import type { Attributes, HrTime } from "@opentelemetry/api";
import { mergeExponentials, subtractExponential } from "../../points/exponential.ts";
import { mergeHistograms, subtractHistogram } from "../../points/histogram.ts";
import type { ExponentialReading, HistogramReading } from "../../points/streams.ts";
import {
  DELTA,
  type Exemplar,
  type ExponentialHistogramLike,
  type HistogramLike,
  type PointLike,
} from "../../points/types.ts";
import { ExplicitHistogram } from "../accumulate/explicit.ts";
import type { ExponentialHistogram } from "../accumulate/exponential.ts";
import { emptySpan, include, type Span } from "../accumulate/extremes.ts";
import type { DistributionCell } from "../distribution-metric.ts";
import { HistogramCell } from "../histogram-metric.ts";
import type { MetricCell } from "../metric-base.ts";
import type { StreamPlan } from "./plan.ts";
import { type LastValue, StreamSeries } from "./stream-series.ts";

type AnyHistogram = ExplicitHistogram | ExponentialHistogram;
type AnyValue = HistogramLike | ExponentialHistogramLike;

/** One series of a histogram of either kind. */
export class HistogramSeries extends StreamSeries<MetricCell> {
  readonly #plan: StreamPlan;
  /** The index of the cells' tap to read; -1 for the cells' own accumulator. */
  readonly #tap: number;
  /** The same measurements in exponential buckets, if the reader wants native histograms. */
  readonly #native: HistogramSeries | undefined;
  /** The sum of the values of removed cells. */
  #kept: AnyValue | undefined;
  /** The last exported value, for a delta reader. */
  #told: AnyValue | undefined;
  #toldCount: number | undefined;
  /**
   * For a delta reader: the minimum and maximum since the last collection, of each cell and of the removed
   * cells.
   */
  readonly #spans = new Map<AnyHistogram, Span>();
  #goneSpan = emptySpan();

  /** @param nativeTap the index of the tap with the exponential buckets, if there is one */
  constructor(attributes: Attributes, plan: StreamPlan, tap: number, nativeTap?: number) {
    super(attributes);
    this.#plan = plan;
    this.#tap = tap;
    if (nativeTap === undefined || plan.native === undefined) return;
    const native = { ...plan, aggregation: plan.native, native: undefined };
    this.#native = new HistogramSeries(attributes, native, nativeTap);
  }

  override join(cell: MetricCell): void {
    super.join(cell);
    this.#native?.join(cell);
    const histogram = this.#histogramOf(cell);
    if (this.#isDelta && histogram !== undefined) this.#spans.set(histogram, histogram.open());
  }

  override leave(cell: MetricCell): LastValue | undefined {
    const last = super.leave(cell);
    this.#native?.leave(cell);
    const histogram = this.#histogramOf(cell);
    if (histogram !== undefined) this.#endSpan(histogram);
    return last;
  }

  override histogram(): HistogramReading | undefined {
    if (this.#plan.aggregation.kind !== "histogram") return undefined;
    const live = this.only === undefined ? undefined : this.#histogramOf(this.only);
    if (live instanceof ExplicitHistogram && this.#kept === undefined) {
      if (live.count === 0 && !this.#plan.showsEmpty) return undefined;
      this.#follow();
      this.#toldCount = live.count;
      const { count, counts } = live;
      const exemplars = this.#exemplars();
      const sum = this.#plan.hasSum ? live.sum : undefined;
      return exemplars === undefined ? { count, sum, counts } : { count, sum, counts, exemplars };
    }
    const value = this.#total() as HistogramLike | undefined;
    if (value === undefined) return undefined;
    this.#toldCount = value.count;
    return { count: value.count, sum: value.sum, counts: value.buckets.counts };
  }

  override exponential(): ExponentialReading | undefined {
    if (this.#plan.aggregation.kind !== "exponential") return this.#native?.exponential();
    const value = this.#total() as ExponentialHistogramLike | undefined;
    this.#toldCount = value?.count;
    const exemplars = this.#exemplars();
    return value === undefined || exemplars === undefined ? value : { ...value, exemplars };
  }

  override point(nowMs: number, now: HrTime): PointLike | undefined {
    const value = this.#total();
    if (value === undefined || (this.#isDelta && value.count === (this.#toldCount ?? 0))) {
      return undefined;
    }
    this.#follow();
    const { attributes, startTime } = this;
    const endTime = this.endTime(nowMs, now);
    const own = this.#isDelta ? this.#since(value) : value;
    if (this.#isDelta) {
      this.#told = value;
      this.beginAt(Math.max(nowMs, this.startMs));
    }
    this.#toldCount = value.count;
    const exemplars = this.#exemplars()?.filter((one) => one !== undefined);
    return exemplars === undefined
      ? { attributes, startTime, endTime, value: own }
      : { attributes, startTime, endTime, value: own, exemplars };
  }

  override close(): void {
    for (const histogram of this.#spans.keys()) this.#endSpan(histogram);
  }

  protected override lastValue(): LastValue | undefined {
    const value = this.#total();
    const isNews = value !== undefined && value.count !== (this.#toldCount ?? 0);
    // A distribution has no increments that could be lost.
    if (!isNews || !(this.only instanceof HistogramCell)) return undefined;
    return { startMs: this.startMs, value: this.#isDelta ? this.#since(value) : value };
  }

  protected override keep(cell: MetricCell): void {
    const value = this.#histogramOf(cell)?.value();
    if (value !== undefined && value.count > 0) this.#kept = this.#merged(this.#kept, value);
  }

  get #isDelta(): boolean {
    return this.#plan.temporality === DELTA;
  }

  /** Moves the start time of a distribution, which restarts at each `set`. */
  #follow(): void {
    const { only } = this;
    if (!this.#isDelta && only !== undefined && only.createdAtMs > this.startMs) {
      this.beginAt(only.createdAtMs);
    }
  }

  #histogramOf(cell: MetricCell): AnyHistogram | undefined {
    return this.#tap === -1
      ? (cell as HistogramCell | DistributionCell).accumulator
      : (cell.taps[this.#tap] as AnyHistogram | undefined);
  }

  #exemplars(): (Exemplar | undefined)[] | undefined {
    const { only } = this;
    return this.#tap === -1 && only instanceof HistogramCell ? only.exemplars : undefined;
  }

  /** Returns everything that was recorded, or undefined if there is nothing to export. */
  #total(): AnyValue | undefined {
    let total = this.#kept;
    let isThere = this.#kept !== undefined;
    for (const cell of this.members) {
      const histogram = this.#histogramOf(cell);
      if (histogram === undefined || (isThere && histogram.count === 0)) continue;
      total =
        total === undefined || total.count === 0
          ? histogram.value()
          : this.#merged(total, histogram.value());
      isThere = true;
    }
    if (total === undefined) return undefined;
    const showsEmpty = this.#plan.showsEmpty || !(this.only instanceof HistogramCell);
    if (total.count === 0 && !(showsEmpty && this.#tap === -1)) return undefined;
    return this.#shown(total);
  }

  /** Removes the fields that the aggregation leaves out. */
  #shown(value: AnyValue): AnyValue {
    const { aggregation, hasSum } = this.#plan;
    const recordMinMax = !("recordMinMax" in aggregation) || aggregation.recordMinMax;
    if (hasSum && recordMinMax) return value;
    return {
      ...value,
      ...(!hasSum && { sum: undefined }),
      ...(!recordMinMax && { min: undefined, max: undefined }),
    };
  }

  #merged(a: AnyValue | undefined, b: AnyValue): AnyValue {
    if (a === undefined) return b;
    if ("scale" in a && "scale" in b) {
      const { aggregation } = this.#plan;
      return mergeExponentials(
        a,
        b,
        aggregation.kind === "exponential" ? aggregation.maxSize : undefined,
      );
    }
    return mergeHistograms(a as HistogramLike, b as HistogramLike) ?? b;
  }

  /** Returns the difference to the last exported value. */
  #since(value: AnyValue): AnyValue {
    const told = this.#told;
    const since =
      told === undefined
        ? value
        : "scale" in value
          ? subtractExponential(value, told as ExponentialHistogramLike)
          : subtractHistogram(value, told as HistogramLike);
    const { min, max } = this.#takeSpan();
    const known = min <= max ? { min, max } : { min: undefined, max: undefined };
    return this.#shown({ ...(since ?? value), ...known });
  }

  #takeSpan(): Span {
    const taken = this.#goneSpan;
    this.#goneSpan = emptySpan();
    for (const [histogram, span] of this.#spans) {
      // Reading `whole` brings the span up to date.
      void histogram.whole;
      include(taken, span.min, span.max);
      Object.assign(span, emptySpan());
    }
    return taken;
  }

  #endSpan(histogram: AnyHistogram): void {
    const span = this.#spans.get(histogram);
    if (span === undefined) return;
    histogram.close(span);
    include(this.#goneSpan, span.min, span.max);
    this.#spans.delete(histogram);
  }
}
