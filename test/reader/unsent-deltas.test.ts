import { expect, it } from "vitest";
import { UnsentDeltas } from "../../src/reader/unsent-deltas.ts";
import {
  CUMULATIVE,
  DELTA,
  HISTOGRAM,
  type MetricDataLike,
  type PointLike,
  type ScopeMetricsLike,
  SUM,
} from "../../src/points/types.ts";

const scope = { name: "m" };

function point(value: unknown, at: number, attributes = {}): PointLike {
  return { attributes, startTime: [at, 0], endTime: [at + 1, 0], value };
}

function sum(
  name: string,
  dataPoints: PointLike[],
  aggregationTemporality = DELTA,
): MetricDataLike {
  return {
    descriptor: { name },
    aggregationTemporality,
    dataPointType: SUM,
    isMonotonic: true,
    dataPoints,
  };
}

function scopes(...metrics: MetricDataLike[]): ScopeMetricsLike[] {
  return [{ scope, metrics }];
}

const values = (data: readonly ScopeMetricsLike[]): unknown[] =>
  data.flatMap(({ metrics }) =>
    metrics.flatMap((metric) =>
      metric.dataPoints.map(({ value }) => [metric.descriptor.name, value]),
    ),
  );

it("merges what is unsent into the next collection, and carries it once", () => {
  const unsent = new UnsentDeltas();
  unsent.add(scopes(sum("a", [point(1, 0, { k: 1 }), point(2, 0, { k: 2 })])));
  unsent.add(scopes(sum("a", [point(4, 1, { k: 1 })])));
  const merged = unsent.takeInto(scopes(sum("a", [point(8, 2, { k: 1 })])));
  expect(merged[0]?.metrics[0]?.dataPoints).toEqual([
    { attributes: { k: 1 }, startTime: [0, 0], endTime: [3, 0], value: 13 },
    { attributes: { k: 2 }, startTime: [0, 0], endTime: [1, 0], value: 2 },
  ]);
  expect(values(unsent.takeInto(scopes(sum("a", [point(8, 3)]))))).toEqual([["a", 8]]);
});

it("adds metrics and meters that the next collection has not", () => {
  const unsent = new UnsentDeltas();
  unsent.add([
    ...scopes(sum("a", [point(1, 0)])),
    { scope: { name: "other" }, metrics: [sum("b", [point(2, 0)])] },
  ]);
  const merged = unsent.takeInto(scopes(sum("c", [point(3, 1)])));
  expect(merged.map((one) => one.scope.name)).toEqual(["m", "other"]);
  expect(values(merged)).toEqual([
    ["c", 3],
    ["a", 1],
    ["b", 2],
  ]);
});

it("carries nothing that is cumulative", () => {
  const unsent = new UnsentDeltas();
  unsent.add(scopes(sum("a", [point(1, 0)], CUMULATIVE)));
  expect(unsent.takeInto([])).toEqual([]);
});

it("sends histograms whose buckets changed meanwhile side by side", () => {
  const histogram = (boundaries: number[]): MetricDataLike => ({
    ...sum("h", [point({ buckets: { boundaries, counts: [1, 0] }, count: 1 }, 0)]),
    dataPointType: HISTOGRAM,
  });
  const unsent = new UnsentDeltas();
  unsent.add(scopes(histogram([1])));
  expect(unsent.takeInto(scopes(histogram([2])))[0]?.metrics[0]?.dataPoints).toHaveLength(2);
});

it("is bounded: the rest goes into one overflow series, and none of it is lost", () => {
  const unsent = new UnsentDeltas();
  for (let round = 0; round < 5; round++) {
    const points = Array.from({ length: 1_000 }, (_, k) =>
      point(1, round, { k: round * 1_000 + k }),
    );
    unsent.add(scopes(sum("a", points)));
  }
  const points = unsent.takeInto([])[0]!.metrics[0]!.dataPoints;
  expect(points).toHaveLength(2_001);
  expect(points.reduce((total, { value }) => total + (value as number), 0)).toBe(5_000);
  expect(points.at(-1)).toMatchObject({
    attributes: { "otel.metric.overflow": true },
    value: 3_000,
  });
});
