import { setImmediate as nextTurn } from "node:timers/promises";
import type { HrTime } from "@opentelemetry/api";
import {
  type MetricStream,
  type OwnStreams,
  type SeriesReading,
  type StreamSource,
  takesStreams,
} from "../../points/streams.ts";
import { hrTimeOf } from "../../points/time.ts";
import {
  type Collected,
  CUMULATIVE,
  EXPONENTIAL_HISTOGRAM,
  type Exemplar,
  HISTOGRAM,
  type MetricDataLike,
  type PointLike,
  type ResourceLike,
  type ScopeMetricsLike,
  SUM,
} from "../../points/types.ts";
import type { AttachableReader, CollectOptions } from "../../sdk/types.ts";

/** The number of points that are read, sent or processed at a time: one or two milliseconds of work. */
const BATCH = 500;

/** Access to all metrics of a reader. */
export interface ReadAccess {
  readonly collect: (options?: CollectOptions) => Promise<Collected>;
  /** The source for reading metrics in place. Undefined if `collect` must be called for everything. */
  readonly source: StreamSource | undefined;
  /** Returns the time in milliseconds since the Unix epoch. */
  readonly nowMs: () => number;
}

/** The resource and errors of a collection. */
export interface ReadResult {
  readonly resource: ResourceLike;
  readonly errors: unknown[];
}

/**
 * Returns the source for reading a reader's metrics in place, or undefined if its `collect` must be called.
 */
export function directSource(reader: AttachableReader): StreamSource | undefined {
  const source = takesStreams(reader) ? reader.streamSource : undefined;
  return source?.collect === reader.collect ? source : undefined;
}

/**
 * Reads all metrics of a reader, a batch in each turn of the event loop. An SDK collects everything in one
 * turn.
 *
 * Rejects if the reader's collection or `take` rejects.
 * @param take receives each batch of points, and returns whether it wants the next one
 * @returns undefined if `take` did not want the next batch
 */
export async function readInBatches(
  { collect, source, nowMs }: ReadAccess,
  take: (scopes: ScopeMetricsLike[]) => boolean | Promise<boolean>,
  options?: CollectOptions,
): Promise<ReadResult | undefined> {
  const own = source?.own();
  const { resourceMetrics, errors } = await (own ?? { collect }).collect(options);
  const { resource, scopeMetrics } = resourceMetrics;
  for (const batch of batchesOf(sourcesOf(own, scopeMetrics, nowMs()))) {
    if (!(await take(batch))) return undefined;
    await nextTurn();
  }
  return { resource: own?.resource(resource) ?? resource, errors };
}

/** A metric with an iterable of its points. */
interface PointSource {
  readonly scope: ScopeMetricsLike["scope"];
  readonly data: MetricDataLike;
  readonly points: Iterable<PointLike>;
}

function* sourcesOf(
  own: OwnStreams | undefined,
  collected: readonly ScopeMetricsLike[],
  nowMs: number,
): Generator<PointSource> {
  for (const { scope, metrics } of own?.others(collected) ?? collected) {
    for (const data of metrics) yield { scope, data, points: data.dataPoints };
  }
  for (const stream of own?.streams ?? []) {
    yield { scope: stream.scope, data: dataOf(stream), points: pointsOf(stream, nowMs) };
  }
}

function* batchesOf(sources: Iterable<PointSource>): Generator<ScopeMetricsLike[]> {
  let batch: ScopeMetricsLike[] = [];
  let size = 0;
  for (const { scope, data, points } of sources) {
    let dataPoints: PointLike[] = [];
    const put = (): void => {
      if (dataPoints.length > 0) batch.push({ scope, metrics: [{ ...data, dataPoints }] });
    };
    for (const point of points) {
      dataPoints.push(point);
      size += 1;
      if (size < BATCH) continue;
      put();
      yield batch;
      batch = [];
      size = 0;
      dataPoints = [];
    }
    put();
  }
  if (batch.length > 0) yield batch;
}

function dataOf({ descriptor, isVerbatim, type, isMonotonic }: MetricStream): MetricDataLike {
  return {
    descriptor: isVerbatim === true ? { ...descriptor, isVerbatim } : descriptor,
    aggregationTemporality: CUMULATIVE,
    dataPointType: type,
    ...(type === SUM && { isMonotonic }),
    dataPoints: [],
  };
}

function* pointsOf(stream: MetricStream, nowMs: number): Generator<PointLike> {
  const now = hrTimeOf(nowMs);
  const series = stream.series();
  for (let next = series.next(); next.done !== true; next = series.next()) {
    const point = pointOf(stream, next.value, nowMs, now);
    if (point !== undefined) yield point;
  }
}

/** Returns a copy of the series' value as a point, or undefined if there is none. */
function pointOf(
  stream: MetricStream,
  reading: SeriesReading,
  nowMs: number,
  now: HrTime,
): PointLike | undefined {
  const { value, exemplars } = contentOf(stream, reading);
  if (value === undefined) return undefined;
  const { attributes, startMs } = reading;
  const startTime = hrTimeOf(startMs);
  // The clock may have been set back.
  const endTime = nowMs >= startMs ? now : startTime;
  const there = exemplars?.filter((one) => one !== undefined) ?? [];
  const point = { attributes, startTime, endTime, value };
  return there.length === 0 ? point : { ...point, exemplars: there };
}

function contentOf(
  { type, boundaries = [] }: MetricStream,
  reading: SeriesReading,
): { readonly value: unknown; readonly exemplars?: (Exemplar | undefined)[] | undefined } {
  if (type === HISTOGRAM) {
    const histogram = reading.histogram();
    if (histogram === undefined) return { value: undefined };
    const { counts, count, sum, exemplars } = histogram;
    const copy = Array.from({ length: boundaries.length + 1 }, (_, index) => counts[index] ?? 0);
    const value = { buckets: { boundaries, counts: copy }, count, sum };
    return { value, exemplars: exemplars && Array.from(exemplars) };
  }
  if (type === EXPONENTIAL_HISTOGRAM) {
    const exponential = reading.exponential();
    if (exponential === undefined) return { value: undefined };
    const { exemplars, ...value } = exponential;
    return { value, exemplars: exemplars && Array.from(exemplars) };
  }
  const { exemplar } = reading;
  return { value: reading.number(), exemplars: exemplar && [exemplar] };
}
