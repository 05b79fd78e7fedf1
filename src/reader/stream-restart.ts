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

/** Whose streams a reader exports. */
export interface StreamOwner {
  /** Equal for equal grants, and for equal processes without one. */
  readonly key: string;
  /** The wall clock's time of the grant; none where no one else can have had these streams. */
  readonly grantedAtMs?: number | undefined;
}

/** Gives the attributes under which a point leaves. */
export type Labelling = (
  scope: ScopeMetricsLike["scope"],
  metric: MetricDataLike,
  attributes: Attributes,
) => Attributes;

/** How streams are restarted. */
export interface RestartOptions {
  /** Whether exports report their end, so that what did not arrive is not taken for delivered. */
  readonly reported: boolean;
  /** Sums that grow and shrink keep their level instead of starting at zero. */
  readonly keepUpDownCounters: boolean;
  /** Labels that come last, and that series are not told apart by. @default none */
  readonly labelled?: Labelling;
}

/**
 * The streams of one reader. Whenever their owner changes (a number is granted, another one, or the
 * process goes on without), each cumulative stream starts again: at zero, from where the receiver may
 * have got to, with a start time after all that this reader exported before and not before the grant.
 */
export class ReaderStreams {
  readonly #keepUpDownCounters: boolean;
  readonly #deliveries: Deliveries;
  readonly #labelled: Labelling;
  #owner: string | undefined;
  /** No stream starts earlier; undefined as long as the SDK's own start times stand. */
  #start: HrTime | undefined;
  /** No point that was exported is later. */
  #end: HrTime | undefined;
  #restarts = 0;
  /** What earlier owners exported, of the series that there were when the last one took over. */
  #baselines = new SeriesMap();

  constructor({ reported, keepUpDownCounters, labelled }: RestartOptions) {
    this.#keepUpDownCounters = keepUpDownCounters;
    this.#labelled = labelled ?? ((_scope, _metric, attributes): Attributes => attributes);
    this.#deliveries = new Deliveries(reported);
  }

  /** Whether exports were seen to report their end. */
  get reported(): boolean {
    return this.#deliveries.reported;
  }

  /** How often the streams have begun again. */
  get restarts(): number {
    return this.#restarts;
  }

  /** Whether the last export had an owner. */
  get isOwned(): boolean {
    return this.#owner !== undefined;
  }

  /** What is exported as the SDK gave it, without an owner: the next one starts after it. */
  exportPlain(scopes: readonly ScopeMetricsLike[]): Collection {
    if (this.#owner !== undefined) {
      // Of these, not all may be among what is exported meanwhile.
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

  /** What is collected, as `owner` exports it. */
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
    // The wall clock may have been set back.
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
  // Once it began anew it may grow past what it was.
  if (value === undefined) baselines.delete(key);
  return value ?? point.value;
}
