import type { Attributes } from "@opentelemetry/api";
import {
  EXPONENTIAL_HISTOGRAM,
  type Exemplar,
  type ExponentialBuckets,
  type ExponentialHistogramLike,
  HISTOGRAM,
  type HistogramLike,
  type MetricDataLike,
  type PointLike,
  type ScopeMetricsLike,
} from "../../points/types.ts";
import { isVerbatim } from "../../points/verbatim.ts";
import { toWire, type WireNumber } from "./numbers.ts";

/** A point: attributes, start time, end time, value, and exemplars if there are some. */
export type WirePoint = [
  Attributes,
  readonly number[],
  readonly number[],
  unknown,
  (readonly WireExemplar[])?,
];

/** An exemplar: value, time, trace, span. */
export type WireExemplar = readonly [WireNumber, number, string, string];

/** A metric. It has the fields that all its points share. */
export interface WireMetric {
  readonly name: string;
  readonly unit?: string;
  readonly description?: string;
  /** Whether Prometheus uses this name unchanged. @default false */
  readonly verbatim?: true;
  readonly type: number;
  readonly temporality: number;
  readonly monotonic?: boolean;
  /** For a histogram: the boundaries of all its points. */
  readonly boundaries?: readonly WireNumber[];
  readonly points: readonly WirePoint[];
}

/** The metrics of one meter. */
export interface WireScope {
  readonly name: string;
  readonly version?: string;
  readonly schemaUrl?: string;
  readonly metrics: readonly WireMetric[];
}

/** Encodes collected metrics as plain data for JSON and structured cloning. */
export function encode(scopes: readonly ScopeMetricsLike[]): WireScope[] {
  return scopes.map(({ scope, metrics }) => ({
    name: scope.name,
    ...(scope.version !== undefined && { version: scope.version }),
    ...(scope.schemaUrl !== undefined && { schemaUrl: scope.schemaUrl }),
    metrics: metrics.flatMap((metric) => encodeMetric(scope, metric)),
  }));
}

function encodeMetric(scope: ScopeMetricsLike["scope"], metric: MetricDataLike): WireMetric[] {
  const { name, unit, description } = metric.descriptor;
  const common = {
    name,
    ...(unit !== undefined && { unit }),
    ...(description !== undefined && { description }),
    // The primary may not have registered the spec.
    ...(isVerbatim(scope, metric.descriptor) && { verbatim: true as const }),
    type: metric.dataPointType,
    temporality: metric.aggregationTemporality,
    ...(metric.isMonotonic !== undefined && { monotonic: metric.isMonotonic }),
  };
  if (metric.dataPointType !== HISTOGRAM) {
    return [{ ...common, points: metric.dataPoints.map((point) => encodePoint(metric, point)) }];
  }
  // All points of a metric have the same boundaries, unless two instruments share its name.
  const groups = Map.groupBy(metric.dataPoints, (point) =>
    (point.value as HistogramLike).buckets.boundaries.join(),
  );
  return Array.from(groups.values(), (points) => ({
    ...common,
    boundaries: (points[0]!.value as HistogramLike).buckets.boundaries.map(toWire),
    points: points.map((point) => encodePoint(metric, point)),
  }));
}

function encodePoint(metric: MetricDataLike, point: PointLike): WirePoint {
  const { attributes, startTime, endTime, exemplars } = point;
  const value = encodeValue(metric.dataPointType, point.value);
  const encoded: WirePoint = [encodeAttributes(attributes), startTime, endTime, value];
  if (exemplars !== undefined) encoded.push(exemplars.map(encodeExemplar));
  return encoded;
}

function encodeExemplar({ value, timeMs, traceId, spanId }: Exemplar): WireExemplar {
  return [toWire(value), timeMs, traceId, spanId];
}

/**
 * Encodes attributes. Numbers that are not finite become texts, as at the receiver. Attributes without a
 * value are left out.
 */
function encodeAttributes(attributes: Attributes): Attributes {
  if (Object.values(attributes).every(isPlain)) return attributes;
  return Object.fromEntries(
    Object.entries(attributes).flatMap(([key, value]) => {
      if (value === undefined) return [];
      return [[key, typeof value === "number" ? toWire(value) : value]];
    }),
  );
}

function isPlain(value: unknown): boolean {
  return typeof value === "number" ? Number.isFinite(value) : value !== undefined;
}

function encodeValue(type: number, value: unknown): unknown {
  if (type === HISTOGRAM) {
    const { buckets, count, sum, min, max } = value as HistogramLike;
    return [buckets.counts, count, maybe(sum), maybe(min), maybe(max)];
  }
  if (type === EXPONENTIAL_HISTOGRAM) {
    const { count, sum, scale, zeroCount, positive, negative, min, max } =
      value as ExponentialHistogramLike;
    const sides = [encodeSide(positive), encodeSide(negative)];
    return [count, maybe(sum), scale, zeroCount, ...sides, maybe(min), maybe(max)];
  }
  return toWire(value as number);
}

function encodeSide({ offset, bucketCounts }: ExponentialBuckets): unknown {
  return [offset, bucketCounts];
}

function maybe(value: number | undefined): WireNumber | null {
  return value === undefined ? null : toWire(value);
}
