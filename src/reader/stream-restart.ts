import type { Attributes, HrTime } from "@opentelemetry/api";
import { type Collection, collect, Deliveries } from "./deliveries.ts";
import { attributesKey, type MetricSeries, SeriesMap } from "../points/series-map.ts";
import { streamPoint } from "../points/stream-point.ts";
import { hrTimeOf, isBefore, justAfter, later } from "../points/time.ts";
import { valueSince } from "../points/value.ts";
import {
  CUMULATIVE,
  GAUGE,
  type MetricDataLike,
  type PointLike,
  type ScopeMetricsLike,
} from "../points/types.ts";

/** The owner of the streams that a reader exports. */
export interface StreamOwner {
  /** The same for the same grant, or without a grant for the same process. */
  readonly key: string;
  /** The wall clock's time of the grant. Undefined if nobody else can have had these streams. */
  readonly grantedAtMs?: number | undefined;
}

/** Returns the exported attributes of a point. */
export type Labelling = (
  scope: ScopeMetricsLike["scope"],
  metric: MetricDataLike,
  attributes: Attributes,
) => Attributes;

/** Options for restarting streams. */
export interface RestartOptions {
  /** Whether we can see how exports end, so that missing data does not count as delivered. */
  readonly reported: boolean;
  /** Whether up-down counters keep their level instead of restarting at zero. */
  readonly keepUpDownCounters: boolean;
  /** Adds labels last. They do not distinguish series. @default none */
  readonly labelled?: Labelling;
}

/**
 * The streams of one reader. When their owner changes (a number is granted, changes, or the process continues
 * without one), each cumulative stream restarts at zero, after the last point that the receiver may have. Its
 * start time is after everything that this reader exported before, and not before the grant.
 */
export class ReaderStreams {
  readonly #keepUpDownCounters: boolean;
  readonly #deliveries: Deliveries;
  readonly #labelled: Labelling;
  #owner: string | undefined;
  /** The earliest start time of all streams. Undefined as long as the SDK's own start times are used. */
  #start: HrTime | undefined;
  /** The latest end time of all exported points. */
  #end: HrTime | undefined;
  #restarts = 0;
  /** The last points that earlier owners exported, for series that existed at the last change of owner. */
  #baselines = new SeriesMap();

  constructor({ reported, keepUpDownCounters, labelled }: RestartOptions) {
    this.#keepUpDownCounters = keepUpDownCounters;
    this.#labelled = labelled ?? ((_scope, _metric, attributes): Attributes => attributes);
    this.#deliveries = new Deliveries(reported);
  }

  /** Whether we can see how exports end. */
  get reported(): boolean {
    return this.#deliveries.reported;
  }

  /** How often the streams were restarted. */
  get restarts(): number {
    return this.#restarts;
  }

  /** Whether the last export had an owner. */
  get isOwned(): boolean {
    return this.#owner !== undefined;
  }

  /** Exports the SDK's data unchanged, without an owner. The next owner's streams start after it. */
  exportPlain(scopes: readonly ScopeMetricsLike[]): Collection {
    if (this.#owner !== undefined) {
      // Keep these points: the unchanged exports may not contain all of them.
      this.#baselines.setAll(this.#deliveries.take());
      this.#owner = undefined;
    }
    for (const { metrics } of scopes) {
      for (const { dataPointType, dataPoints } of metrics) {
        if (dataPointType === GAUGE) continue;
        for (const { endTime } of dataPoints) this.#noteEnd(endTime);
      }
    }
    return this.#deliveries.begin(scopes);
  }

  /** Exports the collected data as streams of `owner`. */
  export(scopes: readonly ScopeMetricsLike[], owner: StreamOwner): Collection {
    if (this.#owner !== owner.key && scopes.length > 0) this.#restart(scopes, owner);
    return this.#deliveries.begin(
      scopes.map(({ scope, metrics }) => ({
        scope,
        metrics: metrics.map((metric) => this.#rewrite(scope, metric)),
      })),
    );
  }

  #restart(scopes: readonly ScopeMetricsLike[], { key, grantedAtMs }: StreamOwner): void {
    const present = new SeriesMap();
    collect(scopes, present);
    this.#baselines = this.#baselines.among(present);
    this.#baselines.setAll(this.#deliveries.take());
    this.#owner = key;
    this.#restarts += 1;
    const afterThose = [
      ...(grantedAtMs === undefined ? [] : [hrTimeOf(grantedAtMs)]),
      ...(this.#start === undefined ? [] : [justAfter(this.#start)]),
      ...(this.#end === undefined ? [] : [this.#end]),
    ];
    this.#start = afterThose.length === 0 ? undefined : afterThose.reduce(later);
  }

  #rewrite(scope: ScopeMetricsLike["scope"], metric: MetricDataLike): MetricDataLike {
    const baselines = this.#startsAgain(metric) ? this.#baselines.of(scope, metric) : undefined;
    const dataPoints = metric.dataPoints.map((point) => {
      const attributes = this.#labelled(scope, metric, point.attributes);
      return metric.dataPointType === GAUGE
        ? streamPoint(point, attributes, point.startTime, point.endTime, point.value)
        : this.#rewritePoint(metric, point, attributes, baselines);
    });
    return { ...metric, dataPoints };
  }

  #startsAgain(metric: MetricDataLike): boolean {
    if (metric.aggregationTemporality !== CUMULATIVE || metric.dataPointType === GAUGE)
      return false;
    if (this.#baselines.isEmpty) return false;
    return !(this.#keepUpDownCounters && metric.isMonotonic === false);
  }

  #rewritePoint(
    metric: MetricDataLike,
    point: PointLike,
    attributes: Attributes,
    baselines: MetricSeries | undefined,
  ): PointLike {
    const value = baselines === undefined ? point.value : sinceBaseline(metric, point, baselines);
    const start = this.#start === undefined ? point.startTime : later(point.startTime, this.#start);
    // The wall clock may have been set back, so the end must not be before the start.
    const end = later(point.endTime, start);
    this.#noteEnd(end);
    return streamPoint(point, attributes, start, end, value);
  }

  #noteEnd(end: HrTime): void {
    if (this.#end === undefined || isBefore(this.#end, end)) this.#end = end;
  }
}

function sinceBaseline(metric: MetricDataLike, point: PointLike, baselines: MetricSeries): unknown {
  const key = attributesKey(point.attributes);
  const base = baselines.get(key);
  if (base === undefined) return point.value;
  const value = valueSince(metric, point, base);
  // The series was restarted, and may grow beyond its old value.
  if (value === undefined) baselines.delete(key);
  return value ?? point.value;
}
