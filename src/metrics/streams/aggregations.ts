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

/** As many as an exponential histogram has by default, on each side of zero. */
const NATIVE_BUCKETS = 160;

/** As which of the SDK's instruments a kind appears: handles are synchronous ones. */
export const INSTRUMENTS: Readonly<Record<MetricKind, InstrumentType>> = {
  counter: "COUNTER",
  upDownCounter: "UP_DOWN_COUNTER",
  gauge: "GAUGE",
  state: "GAUGE",
  histogram: "HISTOGRAM",
  exponentialHistogram: "HISTOGRAM",
  distribution: "HISTOGRAM",
};

/** What a metric's own cells keep. */
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
 * The aggregation that a view gives a metric. What is set as a whole is only dropped or not; an exponential
 * histogram, of which no instrument of the SDK knows, stays one under a view that says nothing of it.
 */
export function viewAggregation(spec: MetricSpec, given: StreamAggregation): StreamAggregation {
  const isSilent =
    (spec.kind === "distribution" && given.kind !== "drop") ||
    (spec.kind === "exponentialHistogram" &&
      given.kind === "histogram" &&
      given.boundaries.join() === SDK_BUCKETS.join());
  return isSilent ? ownAggregation(spec) : given;
}

/** The aggregation that a reader chooses for an instrument that no view matches. */
export function readerAggregation(
  spec: MetricSpec,
  option: AggregationOption | undefined,
): StreamAggregation {
  const chosen = chosenAggregation(option);
  if (chosen === undefined) return ownAggregation(spec);
  return chosen.kind === "drop" ? chosen : viewAggregation(spec, chosen);
}

/** Whether a metric's own cells keep enough for this aggregation. */
export function isOwnAggregation(spec: MetricSpec, wanted: StreamAggregation): boolean {
  const own = ownAggregation(spec);
  if (wanted.kind === "drop") return true;
  // A histogram knows its sum.
  if (wanted.kind === "sum") return own.kind !== "last_value";
  if (wanted.kind === "histogram" && own.kind === "histogram")
    return wanted.boundaries.join() === own.boundaries.join();
  if (wanted.kind === "exponential" && own.kind === "exponential")
    return wanted.maxSize === own.maxSize;
  return wanted.kind === own.kind;
}

/** The native histogram beside one with buckets; undefined where there is none: of what is set as a whole. */
export function nativeBeside(
  spec: MetricSpec,
  { kind }: StreamAggregation,
): StreamAggregation | undefined {
  if (kind !== "histogram" || spec.kind === "distribution") return undefined;
  return { kind: "exponential", maxSize: NATIVE_BUCKETS, recordMinMax: false };
}

/** The SDK's `DataPointType` of what an aggregation gives. */
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
