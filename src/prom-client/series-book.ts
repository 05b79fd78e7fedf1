import type { HrTime } from "@opentelemetry/api";
import { attributesKey } from "../points/series-map.ts";
import { GAUGE, type MetricDataLike, type PointLike } from "../points/types.ts";
import { valueSince } from "../points/value.ts";
import type { BridgedMetric } from "./points.ts";

interface KnownMetric {
  readonly readAt: HrTime;
  /** The last point of each series. */
  readonly series: ReadonlyMap<string, PointLike>;
}

/**
 * Remembers the last reading of each series, because a registry has no start times and does not report
 * resets. It holds only series that the registry still has.
 */
export class SeriesBook {
  readonly #known = new Map<string, KnownMetric>();
  /** The earliest possible start time of a new metric. */
  #since: HrTime;

  /** @param since the earliest possible start time of the first metrics: the start of the process */
  constructor(since: HrTime) {
    this.#since = since;
  }

  /** Returns the metric of this reading with its points. */
  points(name: string, metrics: readonly BridgedMetric[], now: HrTime): MetricDataLike[] {
    const known = this.#known.get(name);
    const series = new Map<string, PointLike>();
    const read = metrics.map((metric) => ({
      ...metric.data,
      dataPoints: metric.series.map(({ attributes, value }) => {
        const key = `${metric.data.descriptor.name}\n${attributesKey(attributes)}`;
        const before = known?.series.get(key);
        const startTime = before?.startTime ?? known?.readAt ?? this.#since;
        // Use the same object for a series at every collection, so that readers recognize it.
        const next = {
          attributes: before?.attributes ?? attributes,
          startTime,
          endTime: now,
          value,
        };
        const point = wasReset(metric.data, next, before)
          ? { ...next, startTime: before!.endTime }
          : next;
        series.set(key, point);
        return point;
      }),
    }));
    this.#known.set(name, { readAt: now, series });
    return read;
  }

  /** Forgets all other metrics, because the registry has only metrics with these names. */
  end(names: ReadonlySet<string>, now: HrTime): void {
    for (const name of this.#known.keys()) if (!names.has(name)) this.#known.delete(name);
    this.#since = now;
  }
}

/**
 * Whether the series has decreased. Only a gauge may decrease; another series was restarted since the last
 * reading.
 */
function wasReset(
  metric: MetricDataLike,
  point: PointLike,
  before: PointLike | undefined,
): boolean {
  if (before === undefined || metric.dataPointType === GAUGE) return false;
  return valueSince(metric, point, before) === undefined;
}
