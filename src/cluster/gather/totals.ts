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

/** A member's report that comes in parts. */
export interface IncomingReport {
  /** A part of it has come. */
  add(scopes: readonly ScopeMetricsLike[]): void;
  /**
   * Takes it in, step by step: to be gone through to its end, over several turns of the event loop if need
   * be, before anything else is reported or departs.
   * @param whole whether what is missing in it is there no more; else it may just not have been collected
   */
  end(whole: boolean): Iterator<undefined>;
}

/** As many as one member may have, twice: members may be of two releases. */
const MAX_METRICS = 20_000;

/** The metrics of several processes as those of one. Knows nothing of time, nor of where they come from. */
export class Totals {
  readonly #options: TotalsOptions;
  readonly #metrics = new Map<string, TotalMetric>();
  /** The series that each member has brought something to. */
  readonly #members = new Map<number, Map<Series, TotalMetric>>();
  /** The time of the last answer: what comes to be now began after it. */
  #lastAt: HrTime;

  constructor(options: TotalsOptions, startedAt: HrTime) {
    this.#options = options;
    this.#lastAt = startedAt;
  }

  /**
   * Takes a member's report in, all at once.
   * @param whole whether what is missing in it is there no more; else it may just not have been collected
   */
  report(member: number, scopes: readonly ScopeMetricsLike[], whole = true): void {
    const report = this.begin(member);
    report.add(scopes);
    const steps = report.end(whole);
    while (steps.next().done !== true);
  }

  /** Takes a member's report in that comes in parts. */
  begin(member: number): IncomingReport {
    const parts: ScopeMetricsLike[] = [];
    return {
      add: (scopes) => void parts.push(...scopes),
      end: (whole) => this.#take(member, parts, whole),
    };
  }

  /** The member is gone: what it counted stays, what it measured goes. */
  depart(member: number): void {
    for (const [series, metric] of this.#members.get(member) ?? []) {
      if (series.depart(member)) this.#drop(metric, series);
    }
    this.#members.delete(member);
  }

  /** All that there is at `at`; of gauges, what those members measured that have `answered`. */
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

  /** The same, to be read where it is kept. */
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

/** Two points of one member for one series: of two instruments with one name, or beyond the cap. */
function together(data: MetricDataLike, a: PointLike | undefined, b: PointLike): PointLike {
  if (a === undefined || data.dataPointType === GAUGE) return b;
  return { ...b, startTime: a.startTime, value: added(data, a.value, b.value) };
}

function scopeKey({ name, version, schemaUrl }: ScopeMetricsLike["scope"]): string {
  return JSON.stringify([name, version ?? null, schemaUrl ?? null]);
}
