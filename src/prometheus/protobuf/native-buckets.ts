import type { ExponentialBuckets } from "../../points/types.ts";
import type { ExponentialReading } from "../../points/streams.ts";

/** The resolutions that Prometheus supports. */
const MAX_SCHEMA = 8;
const MIN_SCHEMA = -4;

/** The zero threshold of a histogram without one; see "Prometheus and OpenMetrics Compatibility". */
const ZERO_THRESHOLD = 1e-128;

/**
 * The buckets of one side as Prometheus writes them: consecutive buckets from `offset`, each as the
 * difference to the one before.
 */
export interface NativeSide {
  readonly offset: number;
  readonly deltas: readonly number[];
}

/** The buckets of an exponential histogram as Prometheus writes them. */
export interface NativeBuckets {
  readonly schema: number;
  readonly zeroThreshold: number;
  readonly positive: NativeSide;
  readonly negative: NativeSide;
}

/**
 * Converts the buckets of an exponential histogram for Prometheus: to a resolution that it supports, and
 * numbered by upper bound. Returns undefined if the histogram is coarser than Prometheus supports.
 */
export function nativeBuckets(value: ExponentialReading): NativeBuckets | undefined {
  if (value.scale < MIN_SCHEMA) return undefined;
  const steps = Math.max(0, value.scale - MAX_SCHEMA);
  return {
    schema: value.scale - steps,
    zeroThreshold: Math.max(value.zeroThreshold ?? 0, ZERO_THRESHOLD),
    positive: sideOf(value.positive, steps),
    negative: sideOf(value.negative, steps),
  };
}

function sideOf({ offset, bucketCounts }: ExponentialBuckets, steps: number): NativeSide {
  const first = offset >> steps;
  const counts: number[] = [];
  for (let index = 0; index < bucketCounts.length; index++) {
    const at = ((offset + index) >> steps) - first;
    counts[at] = (counts[at] ?? 0) + bucketCounts[index]!;
  }
  let before = 0;
  const deltas = counts.map((count) => {
    const delta = count - before;
    before = count;
    return delta;
  });
  // OpenTelemetry numbers a bucket by its lower bound.
  return { offset: first + 1, deltas };
}
