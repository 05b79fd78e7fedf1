import {
  EXPONENTIAL_HISTOGRAM,
  GAUGE,
  HISTOGRAM,
  type InstrumentType,
  SUM,
} from "../../points/types.ts";
import { chosenAggregation, SDK_BUCKETS } from "../../sdk/aggregation.ts";
import type { AggregationOption } from "../../sdk/types.ts";
import type { StreamAggregation } from "../../sdk/views.ts";
import type { MetricKind, MetricSpec } from "../spec.ts";

/** The default number of buckets of an exponential histogram, on each side of zero. */
const NATIVE_BUCKETS = 160;

/** The SDK's instrument type of each kind of metric. Handles count as synchronous instruments. */
export const INSTRUMENTS: Readonly<Record<MetricKind, InstrumentType>> = {
  counter: "COUNTER",
  upDownCounter: "UP_DOWN_COUNTER",
  gauge: "GAUGE",
  state: "GAUGE",
  histogram: "HISTOGRAM",
  exponentialHistogram: "HISTOGRAM",
  distribution: "HISTOGRAM",
};

/** Returns the aggregation of a metric's own cells. */
export function ownAggregation({ kind, buckets }: MetricSpec): StreamAggregation {
  switch (kind) {
    case "counter":
    case "upDownCounter":
      return { kind: "sum" };
    case "gauge":
    case "state":
      return { kind: "last_value" };
    case "exponentialHistogram":
      return { kind: "exponential", maxSize: NATIVE_BUCKETS, recordMinMax: true };
    case "histogram":
    case "distribution":
      return { kind: "histogram", boundaries: buckets ?? [], recordMinMax: true };
  }
}

/**
 * Returns the aggregation of a metric under a view. A view can drop a distribution, but not change it. The
 * SDK has no instrument for an exponential histogram, so such a metric stays one under a view with the
 * default aggregation.
 */
export function viewAggregation(spec: MetricSpec, given: StreamAggregation): StreamAggregation {
  const isSilent =
    (spec.kind === "distribution" && given.kind !== "drop") ||
    (spec.kind === "exponentialHistogram" &&
      given.kind === "histogram" &&
      given.boundaries.join() === SDK_BUCKETS.join());
  return isSilent ? ownAggregation(spec) : given;
}

/** Returns the aggregation that a reader chooses for a metric without a matching view. */
export function readerAggregation(
  spec: MetricSpec,
  option: AggregationOption | undefined,
): StreamAggregation {
  const chosen = chosenAggregation(option);
  if (chosen === undefined) return ownAggregation(spec);
  return chosen.kind === "drop" ? chosen : viewAggregation(spec, chosen);
}

/** Whether a metric's own cells are sufficient for this aggregation. */
export function isOwnAggregation(spec: MetricSpec, wanted: StreamAggregation): boolean {
  const own = ownAggregation(spec);
  if (wanted.kind === "drop") return true;
  // A histogram has a sum too.
  if (wanted.kind === "sum") return own.kind !== "last_value";
  if (wanted.kind === "histogram" && own.kind === "histogram")
    return wanted.boundaries.join() === own.boundaries.join();
  if (wanted.kind === "exponential" && own.kind === "exponential")
    return wanted.maxSize === own.maxSize;
  return wanted.kind === own.kind;
}

/**
 * Returns the aggregation of the native histogram next to one with buckets. Undefined if there is none, as
 * for a distribution.
 */
export function nativeBeside(
  spec: MetricSpec,
  { kind }: StreamAggregation,
): StreamAggregation | undefined {
  if (kind !== "histogram" || spec.kind === "distribution") return undefined;
  return { kind: "exponential", maxSize: NATIVE_BUCKETS, recordMinMax: false };
}

/** Returns the SDK's `DataPointType` of an aggregation. */
export function pointTypeOf({ kind }: StreamAggregation): number {
  switch (kind) {
    case "histogram":
      return HISTOGRAM;
    case "exponential":
      return EXPONENTIAL_HISTOGRAM;
    case "last_value":
      return GAUGE;
    default:
      return SUM;
  }
}
