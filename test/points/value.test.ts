import { describe, expect, it } from "vitest";
import { ReaderStreams } from "../../src/reader/stream-restart.ts";
import { mergedValue, valueSince } from "../../src/points/value.ts";
import {
  CUMULATIVE,
  EXPONENTIAL_HISTOGRAM,
  GAUGE,
  HISTOGRAM,
  type MetricDataLike,
  type PointLike,
  SUM,
} from "../../src/points/types.ts";

function metric(
  dataPointType: number,
  isMonotonic = true,
  dataPoints: PointLike[] = [],
): MetricDataLike {
  return {
    descriptor: { name: "m" },
    aggregationTemporality: CUMULATIVE,
    dataPointType,
    isMonotonic,
    dataPoints,
  };
}

function point(value: unknown, start = 0, end = 10): PointLike {
  return { attributes: {}, startTime: [start, 0], endTime: [end, 0], value };
}

describe("the value since an earlier point", () => {
  it("is the difference", () => {
    expect(valueSince(metric(SUM), point(7), point(5))).toBe(2);
    expect(valueSince(metric(SUM, false), point(3), point(5))).toBe(-2);
  });

  it("is not known when the series began anew since, though it is larger by now", () => {
    expect(valueSince(metric(SUM), point(9, 10, 20), point(5, 0, 10))).toBeUndefined();
  });

  it("is known of a series whose first point ended where it began", () => {
    expect(valueSince(metric(SUM), point(9, 10, 20), point(5, 10, 10))).toBe(4);
  });

  it("is not known of a counter that is lower, a histogram that has less, and a kind that nobody knows", () => {
    expect(valueSince(metric(SUM), point(3), point(5))).toBeUndefined();
    const histogram = (boundaries: number[], counts: number[]): PointLike =>
      point({ buckets: { boundaries, counts }, count: 3, sum: 1 });
    const earlier = histogram([1], [1, 2]);
    expect(valueSince(metric(HISTOGRAM), histogram([1], [3, 0]), earlier)).toBeUndefined();
    expect(valueSince(metric(HISTOGRAM), histogram([2], [9, 9]), earlier)).toBeUndefined();
    expect(valueSince(metric(99), point(3), point(2))).toBeUndefined();
  });
});

it("merges nothing of a kind that nobody knows, and keeps the later value of a gauge", () => {
  expect(mergedValue(metric(99), 1, 2)).toBeUndefined();
  expect(mergedValue(metric(GAUGE), 1, 2)).toBe(2);
  expect(mergedValue(metric(EXPONENTIAL_HISTOGRAM), exponential(1), exponential(2))).toMatchObject({
    count: 3,
    positive: { offset: 0, bucketCounts: [3] },
  });
});

function exponential(count: number): object {
  const negative = { offset: 0, bucketCounts: [] };
  return {
    count,
    sum: 1,
    scale: 0,
    zeroCount: 0,
    positive: { offset: 0, bucketCounts: [count] },
    negative,
  };
}

it("lets a series that began anew without saying so count on past what it was", () => {
  const streams = new ReaderStreams({ reported: false, keepUpDownCounters: false });
  const exported = (value: number, key: string): unknown =>
    streams.export([{ scope: { name: "s" }, metrics: [metric(SUM, true, [point(value)])] }], {
      key,
    }).scopes[0]?.metrics[0]?.dataPoints[0]?.value;
  expect([exported(100, "a"), exported(3, "b"), exported(150, "b")]).toEqual([100, 3, 150]);
});
