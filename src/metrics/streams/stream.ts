import type { Attributes, HrTime } from "@opentelemetry/api";
import { OVERFLOW, OVERFLOW_ATTRIBUTE } from "../../points/overflow.ts";
import { attributesKey } from "../../points/series-map.ts";
import type { MetricStream, SeriesReading } from "../../points/streams.ts";
import { hrTimeOf } from "../../points/time.ts";
import { type MetricDataLike, type PointLike, SUM } from "../../points/types.ts";
import { createReporter } from "../../shared/report.ts";
import type { PointValue } from "../accumulate/accumulator.ts";
import type { MetricCell } from "../metric-base.ts";
import type { SeriesWatcher } from "../series.ts";
import type { StreamPlan } from "./plan.ts";
import type { StreamSeries } from "./stream-series.ts";

/** The part of a metric that a stream needs. */
export interface StreamMetric<C> {
  /** The latest end time of all exported points. Restored series start after it. */
  toldUntilMs: number;
  readonly series: { watch(watcher: SeriesWatcher<C & MetricCell>): () => void };
}

/** The last point of a removed series. */
interface Leaving {
  readonly attributes: Attributes;
  readonly startMs: number;
  readonly value: PointValue;
}

const report = createReporter("metrics");

/**
 * One metric for one reader and one view. Each new cell gets a series of its own, or joins a series with
 * other cells if a view or the limit merges them.
 */
export class Stream<C extends MetricCell> implements MetricStream, SeriesWatcher<C> {
  readonly scope: MetricStream["scope"];
  readonly descriptor: MetricStream["descriptor"];
  readonly type: number;
  readonly isMonotonic: boolean;
  readonly boundaries: readonly number[] | undefined;
  readonly isVerbatim: boolean;
  readonly #plan: StreamPlan;
  readonly #metric: StreamMetric<C>;
  readonly #create: (attributes: Attributes) => StreamSeries<C>;
  readonly #unwatch: () => void;
  readonly #byCell = new Map<C, StreamSeries<C>>();
  /** Used only if labels are processed. Otherwise each cell has its own series. */
  readonly #byAttributes = new Map<string, StreamSeries<C>>();
  readonly #series = new Set<StreamSeries<C>>();
  #overflow: StreamSeries<C> | undefined;
  #leaving: Leaving[] = [];

  constructor(
    plan: StreamPlan,
    metric: StreamMetric<C>,
    create: (attributes: Attributes) => StreamSeries<C>,
  ) {
    this.#plan = plan;
    this.#create = create;
    this.scope = { ...plan.scope };
    this.descriptor = plan.descriptor;
    this.type = plan.type;
    this.isMonotonic = plan.isMonotonic;
    this.isVerbatim = plan.isVerbatim;
    const { aggregation } = plan;
    this.boundaries = aggregation.kind === "histogram" ? aggregation.boundaries : undefined;
    this.#metric = metric;
    this.#unwatch = metric.series.watch(this);
  }

  /** Closes the stream, so that it no longer watches the metric. */
  close(): void {
    this.#unwatch();
    for (const series of this.#series) series.close();
  }

  /** Whether removed series have last points to export. */
  get isLeaving(): boolean {
    return this.#leaving.length > 0;
  }

  series(): Iterator<SeriesReading> {
    const leaving = this.#leaving;
    if (leaving.length === 0) return new LiveSeries(this.#series);
    this.#leaving = [];
    return lastAndLive(leaving, this.#series);
  }

  added(cell: C): void {
    const series = this.#placeOf(cell);
    this.#byCell.set(cell, series);
    series.join(cell);
  }

  removing(cell: C): void {
    const series = this.#byCell.get(cell);
    if (series === undefined) return;
    this.#byCell.delete(cell);
    const last = cell.isHidden ? void series.leave(cell) : series.leave(cell);
    if (!series.isEmpty) return;
    this.#series.delete(series);
    if (series === this.#overflow) this.#overflow = undefined;
    else if (this.#plan.process !== undefined) {
      this.#byAttributes.delete(attributesKey(series.attributes));
    }
    if (last !== undefined) this.#leaving.push({ attributes: series.attributes, ...last });
  }

  /**
   * Collects the points at `nowMs`, in milliseconds since the Unix epoch. Returns undefined if there are
   * none.
   */
  collect(nowMs: number, now: HrTime): MetricDataLike | undefined {
    const dataPoints = this.#leaving.length > 0 ? this.#lastPoints(nowMs) : [];
    const goneNow = new Set(dataPoints.map(({ attributes }) => attributesKey(attributes)));
    for (const series of this.#series) {
      if (series.isHidden) continue;
      // If a series was removed and restored, export only its last point now, and the new series next time.
      if (goneNow.size > 0 && goneNow.has(attributesKey(series.attributes))) continue;
      const point = series.point(nowMs, now);
      if (point !== undefined) dataPoints.push(point);
    }
    if (dataPoints.length === 0) return undefined;
    this.toldAt(nowMs);
    return {
      descriptor: this.descriptor,
      aggregationTemporality: this.#plan.temporality,
      dataPointType: this.type,
      ...(this.type === SUM && { isMonotonic: this.isMonotonic }),
      dataPoints,
    };
  }

  /** Notes that points were exported up to `nowMs`. Restored series start after it. */
  toldAt(nowMs: number): void {
    this.#metric.toldUntilMs = Math.max(this.#metric.toldUntilMs, nowMs);
  }

  #placeOf(cell: C): StreamSeries<C> {
    const isBeyond = cell.attributes === OVERFLOW;
    const attributes = isBeyond ? this.#overflowAttributes() : this.#processed(cell.attributes);
    if (isBeyond) return (this.#overflow ??= this.#enter(attributes));
    const key = this.#plan.process === undefined ? undefined : attributesKey(attributes);
    const known = key === undefined ? undefined : this.#byAttributes.get(key);
    if (known !== undefined) return known;
    const room =
      this.#plan.limit - 1 - (this.#series.size - (this.#overflow === undefined ? 0 : 1));
    if (room <= 0) return (this.#overflow ??= this.#enter(this.#overflowAttributes()));
    const series = this.#enter(attributes);
    if (key !== undefined) this.#byAttributes.set(key, series);
    return series;
  }

  #enter(attributes: Attributes): StreamSeries<C> {
    const series = this.#create(attributes);
    this.#series.add(series);
    return series;
  }

  #processed(attributes: Attributes): Attributes {
    const { process } = this.#plan;
    if (process === undefined) return attributes;
    try {
      return process(attributes);
    } catch (error) {
      const { name } = this.descriptor;
      report.warnOnce(`process/${name}`, `A view of ${name} cannot process attributes`, error);
      return attributes;
    }
  }

  /**
   * Returns the attributes of the overflow series: the same under every view, as in an SDK, plus the constant
   * labels.
   */
  #overflowAttributes(): Attributes {
    const { constants } = this.#plan;
    return constants === undefined ? OVERFLOW : { [OVERFLOW_ATTRIBUTE]: true, ...constants };
  }

  #lastPoints(nowMs: number): PointLike[] {
    const points = this.#leaving.map(({ attributes, startMs, value }) => ({
      attributes,
      startTime: hrTimeOf(startMs),
      endTime: hrTimeOf(Math.max(nowMs, startMs)),
      value,
    }));
    this.#leaving = [];
    return points;
  }
}

/** A series that may be hidden. */
interface ShownSeries extends SeriesReading {
  readonly isHidden: boolean;
}

/**
 * Iterates over the series that are not hidden. It is not a generator, because that costs as much as writing
 * a line of text.
 */
class LiveSeries implements Iterator<SeriesReading> {
  readonly #all: Iterator<ShownSeries>;

  constructor(all: Iterable<ShownSeries>) {
    this.#all = all[Symbol.iterator]();
  }

  next(): IteratorResult<SeriesReading> {
    let next = this.#all.next();
    while (next.done !== true && next.value.isHidden) next = this.#all.next();
    return next;
  }
}

/** Iterates over the last points of removed series, then over the existing series, without restored ones. */
function* lastAndLive(
  leaving: readonly Leaving[],
  all: Iterable<ShownSeries>,
): IterableIterator<SeriesReading> {
  yield* leaving.map(lastReading);
  const gone = new Set(leaving.map(({ attributes }) => attributesKey(attributes)));
  for (const series of all) {
    if (!series.isHidden && !gone.has(attributesKey(series.attributes))) yield series;
  }
}

function lastReading({ attributes, startMs, value }: Leaving): SeriesReading {
  return {
    attributes,
    startMs,
    number: () => (typeof value === "number" ? value : undefined),
    histogram: () =>
      typeof value === "object" && "buckets" in value
        ? { count: value.count, sum: value.sum, counts: value.buckets.counts }
        : undefined,
    exponential: () => (typeof value === "object" && "scale" in value ? value : undefined),
  };
}
