import type { Attributes, HrTime } from "@opentelemetry/api";
import type { PointLike } from "./types.ts";

/** A point as it is exported. It keeps a reference to the SDK's own point. */
class StreamPoint implements PointLike {
  readonly attributes: Attributes;
  readonly startTime: HrTime;
  readonly endTime: HrTime;
  readonly value: unknown;
  readonly #original: PointLike;

  constructor(
    original: PointLike,
    attributes: Attributes,
    startTime: HrTime,
    endTime: HrTime,
    value: unknown,
  ) {
    this.attributes = attributes;
    this.startTime = startTime;
    this.endTime = endTime;
    this.value = value;
    this.#original = original;
  }

  static originalOf(point: PointLike): PointLike {
    return point instanceof StreamPoint ? point.#original : point;
  }
}

/**
 * Returns a copy of the SDK's point `original` with other attributes, times and value, or `original` itself
 * if nothing changes.
 */
export function streamPoint(
  original: PointLike,
  attributes: Attributes,
  startTime: HrTime,
  endTime: HrTime,
  value: unknown,
): PointLike {
  const same =
    attributes === original.attributes &&
    startTime === original.startTime &&
    endTime === original.endTime &&
    value === original.value;
  return same ? original : new StreamPoint(original, attributes, startTime, endTime, value);
}

/** Returns the SDK's own point behind an exported point. */
export function originalOf(point: PointLike): PointLike {
  return StreamPoint.originalOf(point);
}
