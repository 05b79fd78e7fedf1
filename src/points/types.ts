import type { Attributes, HrTime } from "@opentelemetry/api";

/** The result of a reader's collection. */
export interface Collected {
  resourceMetrics: ResourceMetricsLike;
  errors: unknown[];
}

/** What a reader passes to its exporter: everything that was collected, or a part of it. */
export interface ResourceMetricsLike {
  resource: ResourceLike;
  scopeMetrics: ScopeMetricsLike[];
}

/** The collected metrics of one Meter. */
export interface ScopeMetricsLike {
  scope: { name: string; version?: string; schemaUrl?: string };
  metrics: MetricDataLike[];
}

/** One collected metric. `dataPointType` says which type the values of the points have. */
export interface MetricDataLike {
  descriptor: {
    name: string;
    unit?: string;
    description?: string;
    valueType?: number;
    /** Whether Prometheus uses this name unchanged, without suffixes. @default false */
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
  /** Measurements with a link to a trace. The SDK's own exporters do not export them. */
  readonly exemplars?: readonly Exemplar[];
}

/** A measurement that links a series to a trace. */
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

/** The values of the SDK's `AggregationTemporality`, the same in SDK 2.x and 3.x. */
export const DELTA = 0;
export const CUMULATIVE = 1;
export type Temporality = typeof DELTA | typeof CUMULATIVE;

/** The SDK's `InstrumentType` of our metrics. Handles count as synchronous instruments. */
export type InstrumentType = "COUNTER" | "UP_DOWN_COUNTER" | "GAUGE" | "HISTOGRAM";

/** The values of the SDK's `DataPointType`, the same in SDK 2.x and 3.x. */
export const HISTOGRAM = 0;
export const EXPONENTIAL_HISTOGRAM = 1;
export const GAUGE = 2;
export const SUM = 3;

/** The parts of the SDK's resource that we use. */
export interface ResourceLike {
  readonly attributes: Attributes;
  readonly asyncAttributesPending?: boolean;
  readonly schemaUrl?: string;
  waitForAsyncAttributes?(): Promise<void>;
  getRawAttributes?(): [string, unknown][];
}
