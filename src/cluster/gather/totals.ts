import type { Attributes, HrTime } from "@opentelemetry/api";
import { attributesKey } from "../../points/series-map.ts";
import { OVERFLOW } from "../../points/overflow.ts";
import type { MetricStream } from "../../points/streams.ts";
import {
  GAUGE,
  type MetricDataLike,
  type PointLike,
  type ScopeMetricsLike,
} from "../../points/types.ts";
import { added } from "./combine.ts";
import type { GaugeRules } from "./gauges.ts";
import { Series } from "./series.ts";
import { type Answered, TotalMetric } from "./total-metric.ts";

/** The member that is this process or thread itself; workers are numbered from 0. */
export const PRIMARY = -1;

/** Why a metric cannot be added up unchanged. */
export type Trouble =
  /** It has more series than `maxSeries`. */
  | "overflow"
  /** Members have different buckets for it. */
  | "buckets"
  /** Members have different kinds or units for it. The first one is kept. */
  | "kind"
  /** There are too many metrics. */
  | "metrics";

/** Options for adding up members. */
export interface TotalsOptions {
  /** The most series of one metric. More series share the overflow series. */
  readonly maxSeries: number;
  readonly gauges: GaugeRules;
  /** Adds labels that distinguish the members. @default none */
  readonly labelled?: (attributes: Attributes, member: number) => Attributes;
  /** Called each time. */
  readonly onTrouble: (trouble: Trouble, metric: string) => void;
}

/** A member's report that is received in parts. */
export interface IncomingReport {
  /** Adds a part. */
  add(scopes: readonly ScopeMetricsLike[]): void;
  /**
   * Processes the report step by step. Iterate to the end, over several turns of the event loop if necessary,
   * before you report or remove anything else.
   * @param whole whether the report is complete, so that missing series have ended
   */
  end(whole: boolean): Iterator<undefined>;
}

/** Twice the metrics that one member may have, because members may run two releases. */
const MAX_METRICS = 20_000;

/**
 * Combines the metrics of several processes into those of one. It does not depend on time or on the source of
 * the reports.
 */
export class Totals {
  readonly #options: TotalsOptions;
  readonly #metrics = new Map<string, TotalMetric>();
  /** The series of each member. */
  readonly #members = new Map<number, Map<Series, TotalMetric>>();
  /** The time of the last result. New series start after it. */
  #lastAt: HrTime;

  constructor(options: TotalsOptions, startedAt: HrTime) {
    this.#options = options;
    this.#lastAt = startedAt;
  }

  /**
   * Processes a member's report at once.
   * @param whole whether the report is complete, so that missing series have ended
   */
  report(member: number, scopes: readonly ScopeMetricsLike[], whole = true): void {
    const report = this.begin(member);
    report.add(scopes);
    const steps = report.end(whole);
    while (steps.next().done !== true);
  }

  /** Starts a member's report that is received in parts. */
  begin(member: number): IncomingReport {
    const parts: ScopeMetricsLike[] = [];
    return {
      add: (scopes) => void parts.push(...scopes),
      end: (whole) => this.#take(member, parts, whole),
    };
  }

  /** Removes an ended member. Its counters stay, its gauges go. */
  depart(member: number): void {
    for (const [series, metric] of this.#members.get(member) ?? []) {
      if (series.depart(member)) this.#drop(metric, series);
    }
    this.#members.delete(member);
  }

  /** Returns all metrics at the time `at`. Gauges include only the members that have `answered`. */
  scopes(at: HrTime, answered: Answered): ScopeMetricsLike[] {
    const scopes = new Map<string, ScopeMetricsLike>();
    for (const metric of this.#metrics.values()) {
      const { scope, data } = metric;
      const dataPoints = metric.points(at, answered);
      if (dataPoints.length === 0) continue;
      const key = scopeKey(scope);
      const home = scopes.get(key) ?? { scope, metrics: [] };
      scopes.set(key, home);
      home.metrics.push({ ...data, dataPoints });
    }
    this.#lastAt = at;
    return [...scopes.values()];
  }

  /** The same, to read in place. */
  streams(at: HrTime, answered: Answered): MetricStream[] {
    this.#lastAt = at;
    return Array.from(this.#metrics.values(), (metric) => metric.stream(answered));
  }

  *#take(
    member: number,
    scopes: readonly ScopeMetricsLike[],
    whole: boolean,
  ): Generator<undefined> {
    const points = new Map<Series, { readonly metric: TotalMetric; readonly point: PointLike }>();
    for (const { scope, metrics } of scopes) {
      for (const data of metrics) {
        const metric = this.#metric(scope, data);
        if (metric === undefined) continue;
        for (const point of data.dataPoints) {
          const series = this.#series(metric, member, point);
          if (series === undefined) continue;
          const other = points.get(series)?.point;
          points.set(series, { metric, point: together(metric.data, other, point) });
          yield;
        }
      }
    }
    const known = this.#members.get(member) ?? new Map<Series, TotalMetric>();
    this.#members.set(member, known);
    for (const [series, { metric, point }] of points) {
      series.put(member, point);
      known.set(series, metric);
      yield;
    }
    if (!whole) return;
    for (const [series, metric] of known) {
      if (!points.has(series) && series.remove(member)) this.#drop(metric, series);
      yield;
    }
  }

  #metric(scope: ScopeMetricsLike["scope"], data: MetricDataLike): TotalMetric | undefined {
    const { name } = data.descriptor;
    const key = `${scopeKey(scope)} ${name}`;
    let metric = this.#metrics.get(key);
    if (metric === undefined) {
      if (this.#metrics.size >= MAX_METRICS) return this.#trouble("metrics", name);
      metric = new TotalMetric(scope, data, this.#options.gauges);
      this.#metrics.set(key, metric);
    }
    if (!metric.isLike(data)) return this.#trouble("kind", name);
    if (!metric.meet(data)) this.#trouble("buckets", name);
    return metric;
  }

  #series(metric: TotalMetric, member: number, point: PointLike): Series | undefined {
    const { labelled = (attributes): Attributes => attributes, maxSeries } = this.#options;
    const attributes = labelled(point.attributes, member);
    const key = attributesKey(attributes);
    const known = metric.series.get(key);
    if (known !== undefined) return known;
    metric.full ||= metric.series.size >= maxSeries;
    if (!metric.full) return this.#newSeries(metric, key, attributes);
    this.#trouble("overflow", metric.data.descriptor.name);
    if (metric.data.dataPointType === GAUGE) return undefined;
    const rest = labelled(OVERFLOW, member);
    const restKey = attributesKey(rest);
    return metric.series.get(restKey) ?? this.#newSeries(metric, restKey, rest);
  }

  #newSeries(metric: TotalMetric, key: string, attributes: Attributes): Series {
    const series = new Series(metric.data, attributes, this.#lastAt);
    metric.series.set(key, series);
    return series;
  }

  #drop(metric: TotalMetric, series: Series): void {
    metric.series.delete(attributesKey(series.attributes));
    for (const known of this.#members.values()) known.delete(series);
    if (metric.series.size > 0) return;
    this.#metrics.delete(`${scopeKey(metric.scope)} ${metric.data.descriptor.name}`);
  }

  #trouble(trouble: Trouble, metric: string): undefined {
    this.#options.onTrouble(trouble, metric);
  }
}

/**
 * Merges two points of one member for one series: from two instruments with one name, or in the overflow
 * series.
 */
function together(data: MetricDataLike, a: PointLike | undefined, b: PointLike): PointLike {
  if (a === undefined || data.dataPointType === GAUGE) return b;
  return { ...b, startTime: a.startTime, value: added(data, a.value, b.value) };
}

function scopeKey({ name, version, schemaUrl }: ScopeMetricsLike["scope"]): string {
  return JSON.stringify([name, version ?? null, schemaUrl ?? null]);
}
