import {
  AggregationTemporality,
  DataPointType,
  type MetricData,
  type ResourceMetrics,
} from "@opentelemetry/sdk-metrics";
import { expect } from "vitest";

type Point = MetricData["dataPoints"][0];

interface Stream {
  /** Nanoseconds. */
  readonly start: bigint;
  end: bigint;
  value: Point["value"];
}

/**
 * A receiver of metrics that expects of every point what the data model demands of a stream with one
 * writer, and knows what all streams together brought.
 */
export class Receiver {
  /** By resource, meter, metric and attributes: what came last. */
  readonly #latest = new Map<string, Stream>();
  /** By metric: what all streams brought that another one has replaced, or that was delta. */
  readonly #closed = new Map<string, number>();
  readonly #open = new Map<string, { metric: string; value: number }>();
  readonly #epochs = new Map<number, number>();

  /** Takes a batch of the process `process`, which holds its number under `epoch`. */
  receive(batch: ResourceMetrics, process: string, epoch: number | undefined): void {
    const number = batch.resource.attributes["taskmon.task.number"] as number | undefined;
    if (number !== undefined) {
      expect(epoch, `of number ${number}`).toBeGreaterThanOrEqual(this.#epochs.get(number) ?? 0);
      this.#epochs.set(number, epoch!);
    }
    const resource = JSON.stringify(batch.resource.attributes);
    for (const { scope, metrics } of batch.scopeMetrics) {
      for (const metric of metrics) {
        for (const point of metric.dataPoints) {
          const name = metric.descriptor.name;
          const key = JSON.stringify([resource, scope.name, name, point.attributes]);
          this.#take(key, `${process}/${name}`, metric, point);
        }
      }
    }
  }

  /** The sum, or the histograms' count, of all that came of a process's metric. */
  total(process: string, name: string): number {
    const metric = `${process}/${name}`;
    let total = this.#closed.get(metric) ?? 0;
    for (const open of this.#open.values()) if (open.metric === metric) total += open.value;
    return total;
  }

  #take(key: string, metric: string, data: MetricData, point: Point): void {
    if (data.dataPointType === DataPointType.GAUGE) return;
    const [start, end] = [nanos(point.startTime), nanos(point.endTime)];
    expect(end, key).toBeGreaterThanOrEqual(start);
    const last = this.#latest.get(key);
    const delta = data.aggregationTemporality === AggregationTemporality.DELTA;
    if (last !== undefined && (delta || start !== last.start)) {
      // Neither a gap nor a restart may reach back into what was there before.
      expect(start, key).toBeGreaterThanOrEqual(last.end);
      if (!delta) expect(start, key).toBeGreaterThan(last.start);
    } else if (last !== undefined) {
      expect(end, key).toBeGreaterThanOrEqual(last.end);
      expectNotBackward(data, last.value, point.value, key);
    }
    this.#latest.set(key, { start, end, value: point.value });
    if (delta) this.#closed.set(metric, (this.#closed.get(metric) ?? 0) + sizeOf(point.value));
    else this.#open.set(`${key}${start}`, { metric, value: sizeOf(point.value) });
  }
}

function expectNotBackward(
  data: MetricData,
  before: Point["value"],
  now: Point["value"],
  key: string,
): void {
  if (data.dataPointType === DataPointType.SUM && !data.isMonotonic) return;
  expect(sizeOf(now), key).toBeGreaterThanOrEqual(sizeOf(before));
  if (data.dataPointType !== DataPointType.HISTOGRAM) return;
  const counts = (value: Point["value"]): number[] =>
    (value as { buckets: { counts: number[] } }).buckets.counts;
  counts(now).forEach((count, index) =>
    expect(count, key).toBeGreaterThanOrEqual(counts(before)[index]!),
  );
}

function sizeOf(value: Point["value"]): number {
  return typeof value === "number" ? value : value.count;
}

function nanos([seconds, rest]: readonly [number, number]): bigint {
  return BigInt(seconds) * 1_000_000_000n + BigInt(rest);
}
