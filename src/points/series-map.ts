import type { Attributes } from "@opentelemetry/api";
import type { MetricDataLike, PointLike, ScopeMetricsLike } from "./types.ts";

/** The points of one metric by their attributes. */
export type MetricSeries = Map<string, PointLike>;

/** One point for each series: of a scope, a metric and a set of attributes. */
export class SeriesMap {
  readonly #metrics = new Map<string, MetricSeries>();

  /** Whether there is no series. */
  get isEmpty(): boolean {
    return this.#metrics.size === 0;
  }

  /** The series of a metric; undefined where it has none. */
  of(scope: ScopeMetricsLike["scope"], metric: MetricDataLike): MetricSeries | undefined {
    return this.#metrics.get(metricKey(scope, metric));
  }

  set(scope: ScopeMetricsLike["scope"], metric: MetricDataLike, point: PointLike): void {
    const key = metricKey(scope, metric);
    let series = this.#metrics.get(key);
    if (series === undefined) this.#metrics.set(key, (series = new Map<string, PointLike>()));
    series.set(attributesKey(point.attributes), point);
  }

  /** Takes all of `other`'s points; they win over those that are here. */
  setAll(other: SeriesMap): void {
    for (const [key, points] of other.#metrics) {
      const series = this.#metrics.get(key);
      if (series === undefined) this.#metrics.set(key, new Map(points));
      else for (const [attributes, point] of points) series.set(attributes, point);
    }
  }

  /** The series that `others` has too. */
  among(others: SeriesMap): SeriesMap {
    const kept = new SeriesMap();
    for (const [key, series] of this.#metrics) {
      const those = others.#metrics.get(key);
      const both = [...series].filter(([attributes]) => those?.has(attributes) === true);
      if (both.length > 0) kept.#metrics.set(key, new Map(both));
    }
    return kept;
  }

  clear(): void {
    this.#metrics.clear();
  }
}

/** Tells metrics apart as the data model does: by what describes them, and what they hold. */
export function metricKey(scope: ScopeMetricsLike["scope"], metric: MetricDataLike): string {
  const { name, unit, description } = metric.descriptor;
  return JSON.stringify([
    [scope.name, scope.version, scope.schemaUrl],
    [name, unit, description],
    [metric.dataPointType, metric.isMonotonic, metric.aggregationTemporality],
  ]);
}

/** The SDK keeps the attributes of a series in one object, so that the text is made once. */
const keys = new WeakMap<Attributes, string>();

/** A text that two sets of attributes share exactly when they are equal. */
export function attributesKey(attributes: Attributes): string {
  let key = keys.get(attributes);
  if (key === undefined) {
    key = JSON.stringify(Object.entries(attributes).toSorted(([a], [b]) => (a < b ? -1 : 1)));
    keys.set(attributes, key);
  }
  return key;
}
