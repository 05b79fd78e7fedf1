import type { Attributes } from "@opentelemetry/api";
import { bucketExemplars, latestExemplar } from "../points/exemplars.ts";
import { metricKey } from "../points/series-map.ts";
import type {
  ExponentialReading,
  HistogramReading,
  MetricStream,
  SeriesReading,
} from "../points/streams.ts";
import {
  DELTA,
  type Exemplar,
  type ExponentialHistogramLike,
  GAUGE,
  type HistogramLike,
  type MetricDataLike,
  type PointLike,
  type ScopeMetricsLike,
} from "../points/types.ts";
import { isVerbatim } from "../points/verbatim.ts";
import type { OnTrouble } from "./families.ts";

/** A metric is forgotten after it was missing from this many collections. */
const FORGET_AFTER = 5;

/**
 * Makes streams of the metrics that an SDK collected. A metric gets the same object at every collection, so
 * that what is cached for it stays.
 */
export class ForeignStreams {
  readonly #streams = new Map<string, CollectedStream>();
  readonly #onTrouble: OnTrouble;
  #collection = 0;

  constructor(onTrouble: OnTrouble) {
    this.#onTrouble = onTrouble;
  }

  /** Returns the streams of one collection. Read them before the next collection. */
  of(scopes: readonly ScopeMetricsLike[]): MetricStream[] {
    const collection = ++this.#collection;
    const streams = scopes.flatMap(({ scope, metrics }) =>
      metrics.flatMap((data) => this.#stream(scope, data, collection) ?? []),
    );
    for (const [key, stream] of this.#streams) {
      if (collection - stream.collection > FORGET_AFTER) this.#streams.delete(key);
    }
    return streams;
  }

  /** Returns undefined for a metric that cannot be shown. */
  #stream(
    scope: ScopeMetricsLike["scope"],
    data: MetricDataLike,
    collection: number,
  ): CollectedStream | undefined {
    const { name } = data.descriptor;
    if (data.aggregationTemporality === DELTA && data.dataPointType !== GAUGE) {
      this.#onTrouble(
        `delta/${name}`,
        `${name} of ${scope.name} is left out: its temporality is delta, and Prometheus needs cumulative values`,
      );
      return undefined;
    }
    const boundaries = (data.dataPoints[0]?.value as HistogramLike | undefined)?.buckets
      ?.boundaries;
    const key = `${metricKey(scope, data)}\n${boundaries?.join() ?? ""}`;
    let stream = this.#streams.get(key);
    if (stream === undefined || stream.collection === collection) {
      stream = new CollectedStream(scope, data, boundaries);
      this.#streams.set(key, stream);
    }
    stream.collection = collection;
    stream.points = data.dataPoints;
    return stream;
  }
}

/** One metric as an SDK collects it. */
class CollectedStream implements MetricStream {
  readonly scope: ScopeMetricsLike["scope"];
  readonly descriptor: MetricDataLike["descriptor"];
  readonly type: number;
  readonly isMonotonic: boolean;
  readonly isVerbatim: boolean;
  readonly boundaries: readonly number[] | undefined;
  points: readonly PointLike[] = [];
  /** The last collection that had this metric. */
  collection = 0;

  constructor(
    scope: ScopeMetricsLike["scope"],
    data: MetricDataLike,
    boundaries: readonly number[] | undefined,
  ) {
    this.scope = scope;
    this.descriptor = data.descriptor;
    this.type = data.dataPointType;
    this.isMonotonic = data.isMonotonic === true;
    this.isVerbatim = isVerbatim(scope, data.descriptor);
    this.boundaries = boundaries;
  }

  *series(): IterableIterator<SeriesReading> {
    const reading = new PointReading();
    for (const point of this.points) {
      reading.point = point;
      yield reading;
    }
  }
}

/** Reads a collected point as a series. One object serves all points of a metric. */
class PointReading implements SeriesReading {
  point!: PointLike;

  get attributes(): Attributes {
    return this.point.attributes;
  }

  get startMs(): number {
    const [seconds, nanos] = this.point.startTime;
    return seconds * 1_000 + nanos / 1e6;
  }

  number(): number | undefined {
    const { value } = this.point;
    return typeof value === "number" ? value : undefined;
  }

  histogram(): HistogramReading | undefined {
    const { buckets, count, sum } = this.point.value as HistogramLike;
    const exemplars = bucketExemplars(buckets.boundaries, this.point.exemplars);
    return { counts: buckets.counts, count, sum, exemplars };
  }

  exponential(): ExponentialReading | undefined {
    const { value, exemplars } = this.point;
    // A histogram with explicit buckets has no exponential ones.
    if (typeof value !== "object" || value === null || !("scale" in value)) return undefined;
    const exponential = value as ExponentialHistogramLike;
    return exemplars === undefined ? exponential : { ...exponential, exemplars };
  }

  get exemplar(): Exemplar | undefined {
    return latestExemplar(this.point.exemplars);
  }
}
