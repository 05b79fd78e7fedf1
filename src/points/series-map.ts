import type { Attributes } from "@opentelemetry/api";
import type { MetricDataLike, PointLike, ScopeMetricsLike } from "./types.ts";

/** The points of one metric by their attributes. */
export type MetricSeries = Map<string, PointLike>;

/** Holds one point for each series. Scope, metric and attributes identify a series. */
export class SeriesMap {
  readonly #metrics = new Map<string, MetricSeries>();

  /** Whether the map has no series. */
  get isEmpty(): boolean {
    return this.#metrics.size === 0;
  }

  /** Returns the series of a metric, or undefined if it has none. */
  of(scope: ScopeMetricsLike["scope"], metric: MetricDataLike): MetricSeries | undefined {
    return this.#metrics.get(metricKey(scope, metric));
  }

  set(scope: ScopeMetricsLike["scope"], metric: MetricDataLike, point: PointLike): void {
    const key = metricKey(scope, metric);
    let series = this.#metrics.get(key);
    if (series === undefined) this.#metrics.set(key, (series = new Map<string, PointLike>()));
    series.set(attributesKey(point.attributes), point);
  }

  /** Copies all points of `other`. They replace points of the same series. */
  setAll(other: SeriesMap): void {
    for (const [key, points] of other.#metrics) {
      const series = this.#metrics.get(key);
      if (series === undefined) this.#metrics.set(key, new Map(points));
      else for (const [attributes, point] of points) series.set(attributes, point);
    }
  }

  /** Returns the series that `others` has too. */
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

/**
 * Returns a key that is unique to a metric. As in the data model, it includes the descriptor and the type of
 * the data.
 */
export function metricKey(scope: ScopeMetricsLike["scope"], metric: MetricDataLike): string {
  const { name, unit, description } = metric.descriptor;
  return JSON.stringify([
    [scope.name, scope.version, scope.schemaUrl],
    [name, unit, description],
    [metric.dataPointType, metric.isMonotonic, metric.aggregationTemporality],
  ]);
}

/** The SDK keeps the attributes of a series in one object, so each key is computed only once. */
const keys = new WeakMap<Attributes, string>();

/** Returns a key that is the same for equal attributes, and only for them. */
export function attributesKey(attributes: Attributes): string {
  let key = keys.get(attributes);
  if (key === undefined) {
    key = JSON.stringify(Object.entries(attributes).toSorted(([a], [b]) => (a < b ? -1 : 1)));
    keys.set(attributes, key);
  }
  return key;
}
