import type { Attributes, AttributeValue, HrTime } from "@opentelemetry/api";
import {
  CUMULATIVE,
  EXPONENTIAL_HISTOGRAM,
  type ExponentialBuckets,
  type ExponentialHistogramLike,
  GAUGE,
  HISTOGRAM,
  type HistogramLike,
  type MetricDataLike,
  type PointLike,
  type ScopeMetricsLike,
  SUM,
} from "../../points/types.ts";
import { isCount, isRecord, isText } from "../channels/checks.ts";
import { exemplarsFromWire } from "./exemplars.ts";
import { fromWire, numbersFromWire } from "./numbers.ts";

/** The decoded report of a worker. */
export interface Decoded {
  readonly scopes: ScopeMetricsLike[];
  /** The number of metrics and points that were left out. */
  readonly rejected: number;
}

// The limits of the SDK and the data model. They are far above normal use.
const MAX_SCOPES = 1_000;
const MAX_METRICS = 10_000;
const MAX_POINTS = 200_000;
const MAX_NAME = 255;
const MAX_DESCRIPTION = 8_192;
const MAX_ATTRIBUTES = 128;
const MAX_VALUE = 8_192;
const MAX_BUCKETS = 2_000;

/**
 * Decodes the result of {@link encode} from another process. It checks every field and limits every count.
 */
export function decode(value: unknown): Decoded {
  const decoder = new Decoder();
  const scopes = decoder.part(value);
  return { scopes, rejected: decoder.rejected };
}

/** Decodes one report part by part. */
export class Decoder {
  /** Metrics and points that were left out. */
  rejected = 0;
  #metrics = 0;
  #points = 0;

  /** Returns the valid contents of a part. */
  part(value: unknown): ScopeMetricsLike[] {
    return this.list(value, MAX_SCOPES, (scope) => this.scope(scope));
  }

  /** Returns the valid items, and counts the others as rejected. */
  list<T>(value: unknown, max: number, read: (item: unknown) => T | undefined): T[] {
    if (!Array.isArray(value)) {
      this.rejected += 1;
      return [];
    }
    const items: T[] = [];
    for (const item of value.slice(0, max)) {
      const one = read(item);
      if (one === undefined) this.rejected += 1;
      else items.push(one);
    }
    this.rejected += Math.max(0, value.length - max);
    return items;
  }

  scope(value: unknown): ScopeMetricsLike | undefined {
    if (!isRecord(value)) return undefined;
    const { name, version, schemaUrl, metrics } = value;
    if (!isText(name, MAX_NAME) || !isLabel(version) || !isLabel(schemaUrl)) return undefined;
    return {
      scope: {
        name,
        ...(version !== undefined && { version }),
        ...(schemaUrl !== undefined && { schemaUrl }),
      },
      metrics: this.list(metrics, MAX_METRICS, (metric) => this.#metric(metric)),
    };
  }

  #metric(value: unknown): MetricDataLike | undefined {
    this.#metrics += 1;
    if (!isRecord(value) || this.#metrics > MAX_METRICS) return undefined;
    const { name, unit, description = "", verbatim, type, temporality } = value;
    const { monotonic, boundaries } = value;
    if (!isText(name, MAX_NAME) || name === "" || !isLabel(unit)) return undefined;
    if (!isText(description, MAX_DESCRIPTION) || !isKind(type)) return undefined;
    // Delta data would be lost if a report is lost.
    if (type !== GAUGE && temporality !== CUMULATIVE) return undefined;
    if (type === SUM && typeof monotonic !== "boolean") return undefined;
    const bounds = type === HISTOGRAM ? numbersFromWire(boundaries, MAX_BUCKETS) : [];
    if (bounds === undefined) return undefined;
    const points = value["points"];
    const read = (content: unknown): unknown => {
      if (type === HISTOGRAM) return histogramOf(bounds, content);
      if (type === EXPONENTIAL_HISTOGRAM) return exponentialOf(content);
      return type === SUM ? sumOf(monotonic === true, content) : fromWire(content);
    };
    return {
      descriptor: {
        ...{ name, description, ...(unit !== undefined && { unit }) },
        ...(verbatim === true && { isVerbatim: true }),
      },
      aggregationTemporality: CUMULATIVE,
      dataPointType: type,
      ...(type === SUM && { isMonotonic: monotonic as boolean }),
      dataPoints: this.list(points, MAX_POINTS, (point) => this.#point(read, point)),
    };
  }

  #point(read: (content: unknown) => unknown, value: unknown): PointLike | undefined {
    this.#points += 1;
    if (!Array.isArray(value) || this.#points > MAX_POINTS) return undefined;
    const [attributes, startTime, endTime, content, given] = value as unknown[];
    const known = read(content);
    if (known === undefined || !isAttributes(attributes)) return undefined;
    if (!isTime(startTime) || !isTime(endTime)) return undefined;
    const exemplars = exemplarsFromWire(given, MAX_BUCKETS);
    const point = { attributes, startTime, endTime, value: known };
    return exemplars === undefined ? point : { ...point, exemplars };
  }
}

/**
 * Returns the value of a sum if it is valid: NaN would stay in the total for ever, and a counter is never
 * below zero.
 */
function sumOf(isMonotonic: boolean, value: unknown): number | undefined {
  const isSum = typeof value === "number" && Number.isFinite(value) && (value >= 0 || !isMonotonic);
  return isSum ? value : undefined;
}

function histogramOf(boundaries: number[], value: unknown): HistogramLike | undefined {
  if (!Array.isArray(value)) return undefined;
  const [counts, count, sum, min, max] = value as unknown[];
  if (!isCounts(counts) || counts.length !== boundaries.length + 1) return undefined;
  if (!isCount(count) || counts.reduce((total, one) => total + one, 0) !== count) return undefined;
  return { buckets: { boundaries, counts }, count, ...range(sum, min, max) };
}

function exponentialOf(value: unknown): ExponentialHistogramLike | undefined {
  if (!Array.isArray(value)) return undefined;
  const [count, sum, scale, zeroCount, up, down, min, max] = value as unknown[];
  const positive = sideOf(up);
  const negative = sideOf(down);
  if (positive === undefined || negative === undefined) return undefined;
  // The data model allows scales up to 20.
  if (!isCount(count) || !isCount(zeroCount) || !isWhole(scale, 20)) return undefined;
  return { count, scale, zeroCount, positive, negative, ...range(sum, min, max) };
}

function sideOf(value: unknown): ExponentialBuckets | undefined {
  if (!Array.isArray(value)) return undefined;
  const [offset, bucketCounts] = value as unknown[];
  if (!isWhole(offset, 2 ** 31) || !isCounts(bucketCounts)) return undefined;
  return { offset, bucketCounts };
}

function range(
  sum: unknown,
  min: unknown,
  max: unknown,
): Pick<HistogramLike, "sum" | "min" | "max"> {
  return { sum: fromWire(sum), min: fromWire(min), max: fromWire(max) };
}

function isLabel(value: unknown): value is string | undefined {
  return value === undefined || isText(value, MAX_NAME);
}

function isKind(value: unknown): value is number {
  return value === SUM || value === GAUGE || value === HISTOGRAM || value === EXPONENTIAL_HISTOGRAM;
}

function isCounts(value: unknown): value is number[] {
  return (
    Array.isArray(value) && value.length <= MAX_BUCKETS + 1 && value.every((item) => isCount(item))
  );
}

function isWhole(value: unknown, limit: number): value is number {
  return Number.isSafeInteger(value) && Math.abs(value as number) <= limit;
}

function isTime(value: unknown): value is HrTime {
  return Array.isArray(value) && value.length === 2 && value.every((item) => isCount(item));
}

function isAttributes(value: unknown): value is Attributes {
  if (!isRecord(value)) return false;
  const entries = Object.entries(value);
  return (
    entries.length <= MAX_ATTRIBUTES &&
    entries.every(([key, item]) => isText(key, MAX_NAME) && isAttribute(item))
  );
}

function isAttribute(value: unknown): value is AttributeValue {
  if (Array.isArray(value)) {
    return value.length <= MAX_ATTRIBUTES && value.every((item) => item === null || isScalar(item));
  }
  return isScalar(value);
}

function isScalar(value: unknown): boolean {
  return isText(value, MAX_VALUE) || typeof value === "number" || typeof value === "boolean";
}
