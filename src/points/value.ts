import {
  EXPONENTIAL_HISTOGRAM,
  type ExponentialHistogramLike,
  GAUGE,
  HISTOGRAM,
  type HistogramLike,
  type MetricDataLike,
  type PointLike,
  SUM,
} from "./types.ts";
import { mergeExponentials, subtractExponential } from "./exponential.ts";
import { mergeHistograms, subtractHistogram } from "./histogram.ts";
import { isBefore } from "./time.ts";

/**
 * Returns the difference between `point` and `base`, an earlier point of the same series, or undefined if the
 * series restarted in between.
 */
export function valueSince(metric: MetricDataLike, point: PointLike, base: PointLike): unknown {
  return beganAnew(point, base) ? undefined : difference(metric, point.value, base.value);
}

/** Merges two consecutive values of one series. Returns undefined if they cannot be merged. */
export function mergedValue(metric: MetricDataLike, older: unknown, newer: unknown): unknown {
  switch (metric.dataPointType) {
    case SUM:
      return (older as number) + (newer as number);
    case GAUGE:
      return newer;
    case HISTOGRAM:
      return mergeHistograms(older as HistogramLike, newer as HistogramLike);
    case EXPONENTIAL_HISTOGRAM:
      return mergeExponentials(
        older as ExponentialHistogramLike,
        newer as ExponentialHistogramLike,
      );
    default:
      return undefined;
  }
}

/**
 * Whether the series restarted. The SDK then gives it a start time that is not before the end of the earlier
 * points.
 */
function beganAnew(point: PointLike, base: PointLike): boolean {
  return isBefore(base.startTime, point.startTime) && !isBefore(point.startTime, base.endTime);
}

function difference(metric: MetricDataLike, value: unknown, base: unknown): unknown {
  switch (metric.dataPointType) {
    case SUM: {
      const since = (value as number) - (base as number);
      return since < 0 && metric.isMonotonic === true ? undefined : since;
    }
    case HISTOGRAM:
      return subtractHistogram(value as HistogramLike, base as HistogramLike);
    case EXPONENTIAL_HISTOGRAM:
      return subtractExponential(
        value as ExponentialHistogramLike,
        base as ExponentialHistogramLike,
      );
    default:
      return undefined;
  }
}
