import { InvalidOptionError } from "../shared/errors.ts";
import { integerOption, numberOption } from "../shared/options.ts";

/** Buckets of one width. */
export interface FixedWidthBuckets {
  /** The width of each bucket, larger than zero. */
  readonly width: number;
  /** How many there are between the first bound and the last. */
  readonly count: number;
  /** See {@link BucketEdges.lowerInclusive}. @default false */
  readonly lowerInclusive?: boolean;
}

/** Buckets each of which is wider than the one before by one factor. */
export interface GeometricBuckets {
  /** The factor, larger than 1. @default 10^0.2, the original task monitoring's */
  readonly growthFactor?: number;
  /** How many there are between the first bound and the last. @default 100 */
  readonly count?: number;
  /** The first bound, larger than zero. @default 1 */
  readonly scale?: number;
  /** See {@link BucketEdges.lowerInclusive}. @default false */
  readonly lowerInclusive?: boolean;
}

/** On which side a measurement falls that equals a bound. */
export interface BucketEdges {
  /**
   * OpenTelemetry's and Prometheus' buckets include their upper bound; the original's include their
   * lower one. True moves each bound to the largest number below it, so that a measurement equal to a
   * bound falls where it did there; the exposition then shows `le="0.9999999999999999"` for 1.
   * @default false
   */
  readonly lowerInclusive?: boolean;
}

/** The most bounds that a histogram gets from here. */
const MOST = 1_000;

/**
 * The bounds 0, width, 2 × width … count × width: below the first lies what is negative, beyond the
 * last the rest; the original's fixed-width bucketer.
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
 * The bounds scale, scale × factor … scale × factor^count, computed as powers; the original's geometric
 * bucketer.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`, also for bounds that grow beyond all numbers
 *   or are too close to tell apart
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
    throw new InvalidOptionError("buckets", "bounds that are finite and distinct", factor);
  }
  return bounds;
}

/** The largest number below `value`; IEEE 754's nextDown. */
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
