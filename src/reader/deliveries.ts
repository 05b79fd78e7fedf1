import { pointsOf } from "../points/count.ts";
import { SeriesMap } from "../points/series-map.ts";
import { originalOf } from "../points/stream-point.ts";
import {
  CUMULATIVE,
  GAUGE,
  type ResourceMetricsLike,
  type ScopeMetricsLike,
} from "../points/types.ts";

/** What one collection brought, and which parts of it may have reached the receiver. */
export class Collection {
  readonly scopes: readonly ScopeMetricsLike[];
  readonly #sent = new Set<ResourceMetricsLike>();
  readonly #onHanded: () => void;

  constructor(scopes: readonly ScopeMetricsLike[], onHanded: () => void) {
    this.scopes = scopes;
    this.#onHanded = onHanded;
  }

  /** A part is handed to the exporter: from now on it may have arrived. */
  handed(batch: ResourceMetricsLike): void {
    this.#onHanded();
    this.#sent.add(batch);
  }

  /** The part surely did not arrive. */
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
 * Knows, of the cumulative series of one reader, up to where each may have reached the receiver in
 * the present streams. Holds about one collection: the last that went out whole, and series of later
 * ones that went out in part.
 */
export class Deliveries {
  /** Whether exports are known; else what is collected is taken for delivered. */
  reported: boolean;
  #whole: readonly (readonly ScopeMetricsLike[])[] = [];
  readonly #parts = new SeriesMap();
  #latest: Collection | undefined;

  constructor(reported: boolean) {
    this.reported = reported;
  }

  /** A new collection goes out. */
  begin(scopes: readonly ScopeMetricsLike[]): Collection {
    this.#settle();
    this.#latest = new Collection(scopes, () => {
      this.reported = true;
    });
    return this.#latest;
  }

  /** The last point of each series that may have arrived, as the SDK gave it. Forgets them. */
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

/** Puts the cumulative points, as the SDK gave them, into `series`. */
export function collect(scopes: readonly ScopeMetricsLike[], series: SeriesMap): void {
  for (const { scope, metrics } of scopes) {
    for (const metric of metrics) {
      if (metric.aggregationTemporality !== CUMULATIVE || metric.dataPointType === GAUGE) continue;
      for (const point of metric.dataPoints) series.set(scope, metric, originalOf(point));
    }
  }
}
