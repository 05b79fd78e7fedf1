import type { Attributes } from "@opentelemetry/api";
import type {
  ExponentialReading,
  HistogramReading,
  MetricStream,
  SeriesReading,
} from "../../src/points/streams.ts";
import type { Exemplar } from "../../src/points/types.ts";
import {
  EXPONENTIAL_HISTOGRAM,
  GAUGE,
  HISTOGRAM,
  type ScopeMetricsLike,
  SUM,
} from "../../src/points/types.ts";
import { Exposition } from "../../src/prometheus/exposition.ts";
import { negotiate } from "../../src/prometheus/negotiation/negotiate.ts";
import { type PrometheusOptions, prometheusSettings } from "../../src/prometheus/options.ts";

export const OPENMETRICS = "application/openmetrics-text;version=1.0.0";
export const PROTOBUF =
  "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";

/** A metric as a test writes it down. */
export interface Written {
  readonly name: string;
  readonly kind: "counter" | "upDownCounter" | "gauge" | "histogram" | "exponentialHistogram";
  readonly unit?: string;
  readonly help?: string;
  readonly scope?: MetricStream["scope"];
  readonly boundaries?: readonly number[];
  readonly isVerbatim?: boolean;
  readonly series: readonly {
    readonly attributes?: Attributes;
    readonly value: number | HistogramReading | ExponentialReading;
    readonly exemplar?: Exemplar;
  }[];
}

export const START_MS = 1_700_000_000_500;

/** The stream of a metric. */
export function stream(metric: Written): MetricStream {
  const { name, kind, unit = "1", help = "Help.", scope = { name: "test" } } = metric;
  return {
    scope,
    descriptor: { name, unit, description: help },
    type: {
      counter: SUM,
      upDownCounter: SUM,
      gauge: GAUGE,
      histogram: HISTOGRAM,
      exponentialHistogram: EXPONENTIAL_HISTOGRAM,
    }[kind],
    isMonotonic: kind === "counter",
    boundaries: metric.boundaries,
    isVerbatim: metric.isVerbatim,
    series: () => metric.series.map(reading).values(),
  };
}

function reading({ attributes = {}, value, exemplar }: Written["series"][number]): SeriesReading {
  return {
    attributes,
    startMs: START_MS,
    exemplar,
    number: () => value as number,
    histogram: () => (typeof value === "object" && "counts" in value ? value : undefined),
    exponential: () => (typeof value === "object" && "scale" in value ? value : undefined),
  };
}

/** What a test shows, and how. */
export interface Shown extends PrometheusOptions {
  readonly accept?: string;
  readonly resource?: Attributes;
  readonly collected?: readonly ScopeMetricsLike[];
}

/** The exposition of streams, as bytes. */
export async function bytesOf(
  streams: readonly MetricStream[],
  shown: Shown = {},
): Promise<Buffer> {
  const { accept, resource = {}, collected = [], ...options } = shown;
  const exposition = new Exposition(prometheusSettings(options).exposition);
  const written = await exposition.write({ resource, own: streams, collected }, negotiate(accept));
  return Buffer.concat(written.chunks);
}

/** The exposition of metrics, as text, without `target_info` unless there is a resource. */
export async function textOf(metrics: readonly Written[], shown: Shown = {}): Promise<string> {
  const targetInfo = shown.resource !== undefined;
  return (await bytesOf(metrics.map(stream), { targetInfo, ...shown })).toString();
}

/** The same metrics as an SDK collects them. */
export function collectedOf(metrics: readonly Written[]): ScopeMetricsLike[] {
  return metrics.map((metric) => {
    const { scope, descriptor, type, isMonotonic } = stream(metric);
    const dataPoints = metric.series.map(({ attributes = {}, value }) => ({
      attributes,
      startTime: [1_700_000_000, 500_000_000] as [number, number],
      endTime: [1_700_000_060, 0] as [number, number],
      value:
        typeof value === "object" && "counts" in value
          ? { ...value, buckets: { boundaries: metric.boundaries ?? [], counts: value.counts } }
          : value,
    }));
    const data = { descriptor, dataPointType: type, isMonotonic, aggregationTemporality: 1 };
    return { scope, metrics: [{ ...data, dataPoints }] };
  });
}
