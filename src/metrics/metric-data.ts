import type { Attributes, HrTime } from "@opentelemetry/api";
import type { ExplicitValue } from "./accumulate/explicit.ts";
import type { ExponentialValue } from "./accumulate/exponential.ts";

// The SDK's shapes of what a reader collects, structurally. The numbers are its enumerations'.

/** `AggregationTemporality`. */
export const DELTA = 0;
export const CUMULATIVE = 1;
export type Temporality = typeof DELTA | typeof CUMULATIVE;

/** `DataPointType`. */
export const POINT_TYPES = { histogram: 0, exponentialHistogram: 1, gauge: 2, sum: 3 } as const;

/** `InstrumentType`, of which a reader tells its temporality. */
export type InstrumentType =
  | "OBSERVABLE_COUNTER"
  | "OBSERVABLE_UP_DOWN_COUNTER"
  | "OBSERVABLE_GAUGE"
  | "HISTOGRAM";

/** The value of one point. */
export type PointValue = number | ExplicitValue | ExponentialValue;

/** One series of a metric at one time. */
export interface DataPoint {
  readonly startTime: HrTime;
  readonly endTime: HrTime;
  readonly attributes: Attributes;
  readonly value: PointValue;
}

/** One metric as a reader collects it. */
export interface MetricData {
  readonly descriptor: {
    readonly name: string;
    readonly description: string;
    readonly unit: string;
    readonly valueType: number;
  };
  readonly aggregationTemporality: number;
  readonly dataPointType: number;
  readonly isMonotonic?: boolean;
  dataPoints: DataPoint[];
}

/** One Meter's metrics as a reader collects them. */
export interface ScopeMetrics {
  readonly scope: { readonly name: string; readonly version: string };
  metrics: MetricData[];
}

/** Milliseconds since the Unix epoch as seconds and nanoseconds. */
export function hrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1_000);
  return [seconds, Math.round((ms - seconds * 1_000) * 1e6)];
}
