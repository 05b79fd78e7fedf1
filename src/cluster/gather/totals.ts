import type { Attributes, HrTime } from "@opentelemetry/api";
import { attributesKey } from "../../points/series-map.ts";
import {
  GAUGE,
  HISTOGRAM,
  type HistogramLike,
  type MetricDataLike,
  type PointLike,
  type ScopeMetricsLike,
} from "../../points/types.ts";
import { added, onlyGrows } from "./combine.ts";
import { type GaugeRules, gaugeOf } from "./gauges.ts";
import { OVERFLOW } from "../../points/overflow.ts";
import { Series } from "./series.ts";

/** The member that is this process or thread itself; workers are numbered from 0. */
export const PRIMARY = -1;

/** What cannot be added up as it is. */
export type Trouble =
  /** There are more series of it than are kept. */
  | "overflow"
  /** Members have other buckets for it. */
  | "buckets"
  /** It is of another kind or unit for another member; the first is kept. */
  | "kind"
  /** There are more metrics than are kept. */
  | "metrics";

/** How members are added up. */
export interface TotalsOptions {
  /** Series beyond this, of one metric, go into one. */
  readonly maxSeries: number;
  readonly gauges: GaugeRules;
  /** Labels that a member's points get, by which they are kept apart. @default none */
  readonly labelled?: (attributes: Attributes, member: number) => Attributes;
  /** Told each time. */
  readonly onTrouble: (trouble: Trouble, metric: string) => void;
}

interface Metric {
  readonly scope: ScopeMetricsLike["scope"];
  readonly data: MetricDataLike;
  readonly series: Map<string, Series>;
  /** From then on what is new overflows, so that nothing ever moves from one series to another. */
  full: boolean;
  buckets: string | undefined;
}

/** As many as one member may have, twice: members may be of two releases. */
const MAX_METRICS = 20_000;

/** The metrics of several processes as those of one. Knows nothing of time, nor of where they come from. */
export class Totals {
  readonly #options: TotalsOptions;
  readonly #metrics = new Map<string, Metric>();
  /** The series that each member has brought something to. */
  readonly #members = new Map<number, Map<Series, Metric>>();
  /** The time of the last answer: what comes to be now began after it. */
  #lastAt: HrTime;

  constructor(options: TotalsOptions, startedAt: HrTime) {
    this.#options = options;
    this.#lastAt = startedAt;
  }

  /**
   * Takes a member's report in.
   * @param whole whether what is missing in it is there no more; else it may just not have been collected
   */
  report(member: number, scopes: readonly ScopeMetricsLike[], whole = true): void {
    const points = new Map<Series, { readonly metric: Metric; readonly point: PointLike }>();
    for (const { scope, metrics } of scopes) {
      for (const data of metrics) {
        const metric = this.#metric(scope, data);
        for (const point of metric === undefined ? [] : data.dataPoints) {
          const series = this.#series(metric!, member, point);
          if (series === undefined) continue;
          const other = points.get(series)?.point;
          points.set(series, { metric: metric!, point: together(metric!.data, other, point) });
        }
      }
    }
    const known = this.#members.get(member) ?? new Map<Series, Metric>();
    this.#members.set(member, known);
    for (const [series, { metric, point }] of points) {
      series.put(member, point);
      known.set(series, metric);
    }
    if (!whole) return;
    for (const [series, metric] of known) {
      if (!points.has(series) && series.remove(member)) this.#end(metric, series);
    }
  }

  /** The member is gone: what it counted stays, what it measured goes. */
  depart(member: number): void {
    for (const [series, metric] of this.#members.get(member) ?? []) {
      if (series.depart(member)) this.#end(metric, series);
    }
    this.#members.delete(member);
  }

  /** All that there is at `at`; of gauges, what those members measured that have `answered`. */
  scopes(at: HrTime, answered: (member: number) => boolean): ScopeMetricsLike[] {
    const scopes = new Map<string, ScopeMetricsLike>();
    for (const { scope, data, series } of this.#metrics.values()) {
      const dataPoints: PointLike[] = [];
      const { name, unit } = data.descriptor;
      const rule = this.#options.gauges(name, unit, scope.name);
      for (const one of series.values()) {
        const isGauge = data.dataPointType === GAUGE;
        const value = isGauge ? gaugeOf(rule, one.values(answered)) : one.total();
        if (value === undefined) continue;
        dataPoints.push({ attributes: one.attributes, startTime: one.start, endTime: at, value });
      }
      if (dataPoints.length === 0) continue;
      const key = scopeKey(scope);
      const home = scopes.get(key) ?? { scope, metrics: [] };
      scopes.set(key, home);
      home.metrics.push({ ...data, dataPoints });
    }
    this.#lastAt = at;
    return [...scopes.values()];
  }

  #metric(scope: ScopeMetricsLike["scope"], data: MetricDataLike): Metric | undefined {
    const { name } = data.descriptor;
    const key = `${scopeKey(scope)} ${name}`;
    const known = this.#metrics.get(key);
    if (known === undefined) {
      if (this.#metrics.size >= MAX_METRICS) return this.#trouble("metrics", name);
      const buckets = bucketsOf(data);
      const metric = {
        scope,
        data: { ...data, dataPoints: [] },
        series: new Map(),
        full: false,
        buckets,
      };
      this.#metrics.set(key, metric);
      return metric;
    }
    if (kindOf(known.data) !== kindOf(data)) return this.#trouble("kind", name);
    const buckets = bucketsOf(data);
    known.buckets ??= buckets;
    if (buckets !== undefined && buckets !== known.buckets) this.#trouble("buckets", name);
    return known;
  }

  #series(metric: Metric, member: number, point: PointLike): Series | undefined {
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

  #newSeries(metric: Metric, key: string, attributes: Attributes): Series {
    const series = new Series(metric.data, attributes, this.#lastAt);
    metric.series.set(key, series);
    return series;
  }

  #end(metric: Metric, series: Series): void {
    metric.series.delete(attributesKey(series.attributes));
    for (const known of this.#members.values()) known.delete(series);
    if (metric.series.size > 0) return;
    this.#metrics.delete(`${scopeKey(metric.scope)} ${metric.data.descriptor.name}`);
  }

  #trouble(trouble: Trouble, metric: string): undefined {
    this.#options.onTrouble(trouble, metric);
  }
}

/** Two points of one member for one series: of two instruments with one name, or beyond the cap. */
function together(data: MetricDataLike, a: PointLike | undefined, b: PointLike): PointLike {
  if (a === undefined || data.dataPointType === GAUGE) return b;
  return { ...b, startTime: a.startTime, value: added(data, a.value, b.value) };
}

function kindOf(data: MetricDataLike): string {
  return `${data.dataPointType} ${onlyGrows(data)} ${data.descriptor.unit ?? ""}`;
}

function bucketsOf({ dataPointType, dataPoints }: MetricDataLike): string | undefined {
  if (dataPointType !== HISTOGRAM || dataPoints.length === 0) return undefined;
  return (dataPoints[0]!.value as HistogramLike).buckets.boundaries.join();
}

function scopeKey({ name, version, schemaUrl }: ScopeMetricsLike["scope"]): string {
  return JSON.stringify([name, version ?? null, schemaUrl ?? null]);
}
