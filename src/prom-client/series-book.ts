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
 * What was read of each series before: a registry says neither since when a series counts nor that it was
 * reset. Holds the series that the registry holds, no more.
 */
export class SeriesBook {
  readonly #known = new Map<string, KnownMetric>();
  /** When a metric that is new can have begun at the earliest. */
  #since: HrTime;

  /** @param since when the first metrics can have begun: the start of the process */
  constructor(since: HrTime) {
    this.#since = since;
  }

  /** The metric of the registry with this name, as it was read now, with its points. */
  points(name: string, metrics: readonly BridgedMetric[], now: HrTime): MetricDataLike[] {
    const known = this.#known.get(name);
    const series = new Map<string, PointLike>();
    const read = metrics.map((metric) => ({
      ...metric.data,
      dataPoints: metric.series.map(({ attributes, value }) => {
        const key = `${metric.data.descriptor.name}\n${attributesKey(attributes)}`;
        const before = known?.series.get(key);
        const startTime = before?.startTime ?? known?.readAt ?? this.#since;
        // One object for one series at every collection, by which readers know it again.
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

  /** All was read that the registry has: metrics of these names. */
  end(names: ReadonlySet<string>, now: HrTime): void {
    for (const name of this.#known.keys()) if (!names.has(name)) this.#known.delete(name);
    this.#since = now;
  }
}

/** Whether the series shrank, as only a gauge may: then it began anew after it was last read. */
function wasReset(
  metric: MetricDataLike,
  point: PointLike,
  before: PointLike | undefined,
): boolean {
  if (before === undefined || metric.dataPointType === GAUGE) return false;
  return valueSince(metric, point, before) === undefined;
}
