import type { Attributes, HrTime } from "@opentelemetry/api";
import type { PointLike } from "./types.ts";

/** A point as it is exported; knows the point that the SDK gave. */
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

/** `original` with other attributes, times and another value; itself where nothing differs. */
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

/** The point that the SDK gave, of one that is exported. */
export function originalOf(point: PointLike): PointLike {
  return StreamPoint.originalOf(point);
}
