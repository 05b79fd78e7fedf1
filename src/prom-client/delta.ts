import type { Attributes } from "@opentelemetry/api";
import { temporalityOf, type TemporalityChoice } from "../points/producer.ts";
import {
  DELTA,
  GAUGE,
  HISTOGRAM,
  type MetricDataLike,
  type PointLike,
  type ScopeMetricsLike,
} from "../points/types.ts";
import { valueSince } from "../points/value.ts";

/** Converts data for one reader to the difference since its last collection, if it chooses delta. */
export class DeltaView {
  readonly #reader: TemporalityChoice;
  /**
   * The last point of each series, by its attributes object, which stays the same while the series exists.
   */
  readonly #before = new WeakMap<Attributes, PointLike>();

  constructor(reader: TemporalityChoice) {
    this.#reader = reader;
  }

  /** Returns the scopes in the reader's temporality. */
  of(scopes: readonly ScopeMetricsLike[]): ScopeMetricsLike[] {
    return scopes.map(({ scope, metrics }) => ({
      scope,
      metrics: metrics.map((metric) => this.#metric(metric)),
    }));
  }

  #metric(metric: MetricDataLike): MetricDataLike {
    const kind = metric.dataPointType === HISTOGRAM ? "HISTOGRAM" : "COUNTER";
    const isDelta = metric.dataPointType !== GAUGE && temporalityOf(this.#reader, kind) === DELTA;
    if (!isDelta) return metric;
    const dataPoints = metric.dataPoints.map((point) => {
      const before = this.#before.get(point.attributes);
      this.#before.set(point.attributes, point);
      const since = before && valueSince(metric, point, before);
      return since === undefined ? point : { ...point, startTime: before!.endTime, value: since };
    });
    return { ...metric, aggregationTemporality: DELTA, dataPoints };
  }
}
