import type { AggregationOption } from "./types.ts";
import type { InstrumentDescriptor, StreamAggregation } from "./views.ts";

/** The default buckets of the SDK's histogram. */
export const SDK_BUCKETS: readonly number[] = [
  0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1_000, 2_500, 5_000, 7_500, 10_000,
];

/**
 * Returns the aggregation of an `AggregationOption`, as in the SDK. Undefined if the kind of the instrument
 * decides.
 */
export function chosenAggregation(
  option: AggregationOption | undefined,
): StreamAggregation | undefined {
  const { boundaries = SDK_BUCKETS, maxSize = 160, recordMinMax = true } = option?.options ?? {};
  // The SDK's `AggregationType`.
  switch (option?.type) {
    case 1:
      return { kind: "drop" };
    case 2:
      return { kind: "sum" };
    case 3:
      return { kind: "last_value" };
    case 4: {
      const sorted = boundaries.filter(Number.isFinite).toSorted((a, b) => a - b);
      return { kind: "histogram", boundaries: sorted, recordMinMax };
    }
    case 5:
      return { kind: "exponential", maxSize, recordMinMax };
    default:
      return undefined;
  }
}

/** The same, with the SDK's default for the kind of the instrument. */
export function sdkAggregation(
  option: AggregationOption | undefined,
  { type, advice }: InstrumentDescriptor,
): StreamAggregation {
  const chosen = chosenAggregation(option);
  if (chosen !== undefined) return chosen;
  if (type === "GAUGE" || type === "OBSERVABLE_GAUGE") return { kind: "last_value" };
  if (type !== "HISTOGRAM") return { kind: "sum" };
  const boundaries = advice.explicitBucketBoundaries ?? SDK_BUCKETS;
  return { kind: "histogram", boundaries, recordMinMax: true };
}
