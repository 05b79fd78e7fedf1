import { InvalidOptionError } from "../shared/errors.ts";
import { integerOption, numberOption } from "../shared/options.ts";

/** Buckets of equal width. */
export interface FixedWidthBuckets {
  /** The width of each bucket, larger than zero. */
  readonly width: number;
  /** The number of buckets between the first bound and the last. */
  readonly count: number;
  /** See {@link BucketEdges.lowerInclusive}. @default false */
  readonly lowerInclusive?: boolean;
}

/** Buckets that each are wider than the previous one by a constant factor. */
export interface GeometricBuckets {
  /** The factor, larger than 1. @default 10^0.2, as in luci-go's tsmon */
  readonly growthFactor?: number;
  /** The number of buckets between the first bound and the last. @default 100 */
  readonly count?: number;
  /** The first bound, larger than zero. @default 1 */
  readonly scale?: number;
  /** See {@link BucketEdges.lowerInclusive}. @default false */
  readonly lowerInclusive?: boolean;
}

/** Decides which bucket counts a measurement that equals a bound. */
export interface BucketEdges {
  /**
   * Buckets of OpenTelemetry and Prometheus include their upper bound; buckets of luci-go's tsmon
   * include their lower bound. True moves each bound to the largest number below it, so that a
   * measurement that equals a bound is counted as in tsmon. The exposition then shows
   * `le="0.9999999999999999"` for 1.
   * @default false
   */
  readonly lowerInclusive?: boolean;
}

/** The most buckets that these functions create. */
const MOST = 1_000;

/**
 * Returns the bounds 0, width, 2 × width … count × width. Negative values fall below the first bound, large
 * ones beyond the last. This is the fixed-width bucketer of luci-go's tsmon.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function fixedWidthBuckets(buckets: FixedWidthBuckets): number[] {
  const width = positive("buckets.width", buckets.width);
  const count = integerOption("buckets.count", buckets.count, { min: 1, max: MOST, default: 1 });
  return edges(
    Array.from({ length: count + 1 }, (_, index) => index * width),
    buckets,
  );
}

/**
 * Returns the bounds scale, scale × factor … scale × factor^count, computed as powers. This is the geometric
 * bucketer of luci-go's tsmon.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`, also if bounds become infinite or equal
 */
export function geometricBuckets(buckets: GeometricBuckets = {}): number[] {
  const factor = numberOption("buckets.growthFactor", buckets.growthFactor, {
    min: 1 + Number.EPSILON,
    max: Number.MAX_VALUE,
    default: 10 ** 0.2,
  });
  const count = integerOption("buckets.count", buckets.count, { min: 1, max: MOST, default: 100 });
  const scale = positive("buckets.scale", buckets.scale ?? 1);
  const bounds = edges(
    Array.from({ length: count + 1 }, (_, index) => scale * factor ** index),
    buckets,
  );
  if (!bounds.every((bound, index) => Number.isFinite(bound) && bound > (bounds[index - 1] ?? 0))) {
    throw new InvalidOptionError(
      "buckets",
      "a rule for bounds that are finite and distinct",
      factor,
    );
  }
  return bounds;
}

/** Returns the largest number below `value`, as nextDown of IEEE 754. */
export function nextDown(value: number): number {
  if (value === 0) return -Number.MIN_VALUE;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  view.setBigInt64(0, view.getBigInt64(0) + (value > 0 ? -1n : 1n));
  return view.getFloat64(0);
}

function edges(bounds: number[], { lowerInclusive }: BucketEdges): number[] {
  return lowerInclusive === true ? bounds.map(nextDown) : bounds;
}

function positive(option: string, value: unknown): number {
  const bounds = { min: Number.MIN_VALUE, max: Number.MAX_VALUE, default: 1 };
  if (value === undefined) throw new InvalidOptionError(option, "a number above zero", value);
  return numberOption(option, value, bounds);
}
