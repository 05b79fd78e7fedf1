import type { Attributes, HrTime } from "@opentelemetry/api";

/** What a reader collects. */
export interface Collected {
  resourceMetrics: ResourceMetricsLike;
  errors: unknown[];
}

/** What a reader hands to its exporter: all that was collected, or a part of it. */
export interface ResourceMetricsLike {
  resource: ResourceLike;
  scopeMetrics: ScopeMetricsLike[];
}

/** One meter's metrics in what a reader collects. */
export interface ScopeMetricsLike {
  scope: { name: string; version?: string; schemaUrl?: string };
  metrics: MetricDataLike[];
}

/** One metric in what a reader collects. `dataPointType` says what the points' values are. */
export interface MetricDataLike {
  descriptor: {
    name: string;
    unit?: string;
    description?: string;
    valueType?: number;
    /** Whether Prometheus knows it by this very name, without suffixes. @default false */
    isVerbatim?: boolean;
  };
  aggregationTemporality: number;
  dataPointType: number;
  isMonotonic?: boolean;
  dataPoints: PointLike[];
}

/** One data point. */
export interface PointLike {
  readonly attributes: Attributes;
  readonly startTime: HrTime;
  readonly endTime: HrTime;
  readonly value: unknown;
  /** Measurements that lead to traces; the SDK's own exporters leave them out. */
  readonly exemplars?: readonly Exemplar[];
}

/** A measurement by which a series leads to a trace. */
export interface Exemplar {
  readonly value: number;
  /** Milliseconds since the Unix epoch. */
  readonly timeMs: number;
  readonly traceId: string;
  readonly spanId: string;
}

/** The value of a histogram's point. */
export interface HistogramLike {
  readonly buckets: { readonly boundaries: readonly number[]; readonly counts: readonly number[] };
  readonly sum?: number | undefined;
  readonly count: number;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

/** The value of an exponential histogram's point. */
export interface ExponentialHistogramLike {
  readonly count: number;
  readonly sum?: number | undefined;
  readonly scale: number;
  readonly zeroCount: number;
  readonly positive: ExponentialBuckets;
  readonly negative: ExponentialBuckets;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

/** The counts of consecutive buckets, the first at index `offset`. */
export interface ExponentialBuckets {
  readonly offset: number;
  readonly bucketCounts: readonly number[];
}

/** The SDK's `AggregationTemporality`, the same in both lines. */
export const DELTA = 0;
export const CUMULATIVE = 1;
export type Temporality = typeof DELTA | typeof CUMULATIVE;

/** The SDK's `InstrumentType` of what is recorded here: handles are synchronous instruments. */
export type InstrumentType = "COUNTER" | "UP_DOWN_COUNTER" | "GAUGE" | "HISTOGRAM";

/** The SDK's `DataPointType`, the same in both lines. */
export const HISTOGRAM = 0;
export const EXPONENTIAL_HISTOGRAM = 1;
export const GAUGE = 2;
export const SUM = 3;

/** The parts of the SDK's resource that are used here. */
export interface ResourceLike {
  readonly attributes: Attributes;
  readonly asyncAttributesPending?: boolean;
  readonly schemaUrl?: string;
  waitForAsyncAttributes?(): Promise<void>;
  getRawAttributes?(): [string, unknown][];
}
