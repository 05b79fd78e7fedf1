import { pointsOf } from "../points/count.ts";
import { SeriesMap } from "../points/series-map.ts";
import { originalOf } from "../points/stream-point.ts";
import {
  CUMULATIVE,
  GAUGE,
  type ResourceMetricsLike,
  type ScopeMetricsLike,
} from "../points/types.ts";

/** The data of one collection, and which parts of it may have reached the receiver. */
export class Collection {
  readonly scopes: readonly ScopeMetricsLike[];
  readonly #sent = new Set<ResourceMetricsLike>();
  readonly #onHanded: () => void;

  constructor(scopes: readonly ScopeMetricsLike[], onHanded: () => void) {
    this.scopes = scopes;
    this.#onHanded = onHanded;
  }

  /** Notes that a part was passed to the exporter, so it may arrive. */
  handed(batch: ResourceMetricsLike): void {
    this.#onHanded();
    this.#sent.add(batch);
  }

  /** Notes that the part certainly did not arrive. */
  notReceived(batch: ResourceMetricsLike): void {
    this.#onHanded();
    this.#sent.delete(batch);
  }

  /** The parts that may have arrived. */
  get delivered(): readonly (readonly ScopeMetricsLike[])[] {
    return Array.from(this.#sent, (batch) => batch.scopeMetrics);
  }
}

/**
 * Knows, for each cumulative series of one reader, the last point of the current stream that may have reached
 * the receiver. It holds about one collection: the last one that was sent completely, and series of later
 * ones that were sent in part.
 */
export class Deliveries {
  /** Whether the outcome of exports is seen. Otherwise everything that is collected counts as delivered. */
  reported: boolean;
  #whole: readonly (readonly ScopeMetricsLike[])[] = [];
  readonly #parts = new SeriesMap();
  #latest: Collection | undefined;

  constructor(reported: boolean) {
    this.reported = reported;
  }

  /** Starts the export of a new collection. */
  begin(scopes: readonly ScopeMetricsLike[]): Collection {
    this.#settle();
    this.#latest = new Collection(scopes, () => {
      this.reported = true;
    });
    return this.#latest;
  }

  /** Returns and forgets the last point of each series that may have arrived, as the SDK's own points. */
  take(): SeriesMap {
    this.#settle();
    const taken = new SeriesMap();
    for (const scopes of this.#whole) collect(scopes, taken);
    taken.setAll(this.#parts);
    this.#whole = [];
    this.#parts.clear();
    return taken;
  }

  #settle(): void {
    const latest = this.#latest;
    this.#latest = undefined;
    if (latest === undefined) return;
    const delivered = this.reported ? latest.delivered : [latest.scopes];
    if (pointsOf(delivered.flat()) === pointsOf(latest.scopes)) {
      this.#whole = delivered;
      this.#parts.clear();
    } else {
      for (const scopes of delivered) collect(scopes, this.#parts);
    }
  }
}

/** Puts the cumulative points, as the SDK's own points, into `series`. */
export function collect(scopes: readonly ScopeMetricsLike[], series: SeriesMap): void {
  for (const { scope, metrics } of scopes) {
    for (const metric of metrics) {
      if (metric.aggregationTemporality !== CUMULATIVE || metric.dataPointType === GAUGE) continue;
      for (const point of metric.dataPoints) series.set(scope, metric, originalOf(point));
    }
  }
}
