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

/** The most series of one metric that are kept. The rest goes into an overflow series, as in the SDK. */
const MAX_SERIES = 2_000;

interface UnsentMetric {
  readonly scope: ScopeMetricsLike["scope"];
  readonly metric: MetricDataLike;
  readonly points: Map<string, PointLike>;
}

/**
 * Delta data that was collected but could not be sent. The SDK has forgotten it, so the next export includes
 * it. Cumulative data is in the next export anyway.
 */
export class UnsentDeltas {
  readonly #metrics = new Map<string, UnsentMetric>();

  /** Keeps the delta data of `scopes`. */
  add(scopes: readonly ScopeMetricsLike[]): void {
    for (const { scope, metrics } of scopes) {
      for (const metric of metrics) {
        if (metric.aggregationTemporality === DELTA) this.#add(scope, metric);
      }
    }
  }

  /** Returns `scopes` merged with the kept data of the `wanted` metrics, and forgets that data. */
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
      // Keep the SDK's own attributes: when the data is sent, the task's label may be another one.
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

/** Returns `newer` merged with the points of earlier collections. */
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
    // The histograms have different buckets. Send both, as two points of one series at different times.
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
