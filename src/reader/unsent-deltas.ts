import {
  DELTA,
  type MetricDataLike,
  type PointLike,
  type ScopeMetricsLike,
} from "../points/types.ts";
import { OVERFLOW } from "../points/overflow.ts";
import { attributesKey, metricKey } from "../points/series-map.ts";
import { originalOf } from "../points/stream-point.ts";
import { isBefore } from "../points/time.ts";
import { mergedValue } from "../points/value.ts";

/** The series that are carried over of one metric; the rest goes into an overflow series, as in the SDK. */
const MAX_SERIES = 2_000;

interface CarriedMetric {
  readonly scope: ScopeMetricsLike["scope"];
  readonly metric: MetricDataLike;
  readonly points: Map<string, PointLike>;
}

/**
 * Delta data that was collected and could not be sent. The SDK has forgotten it; the next export
 * takes it along. Cumulative data needs none of this: the next export holds it anyway.
 */
export class UnsentDeltas {
  readonly #metrics = new Map<string, CarriedMetric>();

  /** Keeps what is delta among `scopes`. */
  add(scopes: readonly ScopeMetricsLike[]): void {
    for (const { scope, metrics } of scopes) {
      for (const metric of metrics) {
        if (metric.aggregationTemporality === DELTA) this.#add(scope, metric);
      }
    }
  }

  /** `scopes` with what is carried over of the metrics that are `wanted`, which is carried over no longer. */
  takeInto(
    scopes: readonly ScopeMetricsLike[],
    wanted: (scope: ScopeMetricsLike["scope"], metric: MetricDataLike) => boolean = () => true,
  ): readonly ScopeMetricsLike[] {
    const unsent = new Map(
      [...this.#metrics].filter(([, { scope, metric }]) => wanted(scope, metric)),
    );
    if (unsent.size === 0) return scopes;
    for (const key of unsent.keys()) this.#metrics.delete(key);
    const merged = scopes.map(({ scope, metrics }) => ({
      scope,
      metrics: metrics.map((metric) => {
        const key = metricKey(scope, metric);
        const older = unsent.get(key);
        unsent.delete(key);
        return older === undefined ? metric : withOlder(metric, older.points);
      }),
    }));
    for (const { scope, metric, points } of unsent.values()) {
      const data = { ...metric, dataPoints: [...points.values()] };
      const home = merged.find((one) => one.scope === scope);
      if (home === undefined) merged.push({ scope, metrics: [data] });
      else home.metrics.push(data);
    }
    return merged;
  }

  #add(scope: ScopeMetricsLike["scope"], metric: MetricDataLike): void {
    const key = metricKey(scope, metric);
    let unsent = this.#metrics.get(key);
    if (unsent === undefined) {
      unsent = { scope, metric, points: new Map() };
      this.#metrics.set(key, unsent);
    }
    for (const exported of metric.dataPoints) {
      // As the SDK gave it: what it is labelled with when it leaves may be another task's by then.
      const { attributes } = originalOf(exported);
      const point = { ...pointFields(exported), attributes };
      const known = unsent.points.has(attributesKey(point.attributes));
      const fits = known || unsent.points.size < MAX_SERIES;
      put(metric, unsent.points, fits ? point : { ...point, attributes: OVERFLOW });
    }
  }
}

function pointFields({ startTime, endTime, value }: PointLike): Omit<PointLike, "attributes"> {
  return { startTime, endTime, value };
}

/** `newer` with the points of earlier collections. */
function withOlder(newer: MetricDataLike, older: Map<string, PointLike>): MetricDataLike {
  for (const point of newer.dataPoints) put(newer, older, point);
  return { ...newer, dataPoints: [...older.values()] };
}

function put(metric: MetricDataLike, points: Map<string, PointLike>, newer: PointLike): void {
  const key = attributesKey(newer.attributes);
  const older = points.get(key);
  if (older === undefined) {
    points.set(key, newer);
    return;
  }
  const value = mergedValue(metric, older.value, newer.value);
  if (value === undefined) {
    // Histograms of different buckets: both are sent, as two points in time of one series.
    points.set(`${key} until ${older.endTime.join(".")}`, older);
    points.set(key, newer);
    return;
  }
  points.set(key, {
    attributes: newer.attributes,
    startTime: older.startTime,
    endTime: isBefore(newer.endTime, older.endTime) ? older.endTime : newer.endTime,
    value,
  });
}
