import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decode } from "../../../src/cluster/gather/decode.ts";
import { encode } from "../../../src/cluster/gather/encode.ts";
import { gaugeRules } from "../../../src/cluster/gather/gauges.ts";
import { Totals } from "../../../src/cluster/gather/totals.ts";
import type { ScopeMetricsLike } from "../../../src/points/types.ts";
import { exponential, histogram, metric, scopes } from "./points.ts";

const attributes = fc.dictionary(
  fc.string({ maxLength: 8 }),
  fc.oneof(
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.array(fc.string(), { maxLength: 3 }),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Object.is(value, -0)),
  ),
  { maxKeys: 3, noNullPrototype: true },
);
const name = fc.string({ minLength: 1, maxLength: 20 });
const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);

const pointsWith = <T>(value: fc.Arbitrary<T>) =>
  fc.array(fc.tuple(value, attributes, fc.nat()), { maxLength: 5 });
const measured = fc.array(fc.integer({ min: -5, max: 200 }), { minLength: 1, maxLength: 9 });
const bounds = fc.constantFrom([], [1, 10, 100], [0.5, Infinity]);

const anyMetric = fc.oneof(
  fc
    .tuple(name, pointsWith(fc.double({ min: 0, max: 1e300, noNaN: true })))
    .map(([given, all]) => metric("counter", given, all)),
  fc
    .tuple(name, pointsWith(finite))
    .map(([given, all]) => metric("upDownCounter", given, all, "By")),
  fc.tuple(name, pointsWith(fc.double())).map(([given, all]) => metric("gauge", given, all)),
  fc.tuple(name, bounds, pointsWith(measured)).map(([given, boundaries, all]) =>
    metric(
      "histogram",
      given,
      all.map(([values, ...rest]) => [histogram(values, boundaries), ...rest] as const),
    ),
  ),
  fc.tuple(name, pointsWith(fc.array(fc.nat({ max: 9 }), { maxLength: 9 }))).map(([given, all]) =>
    metric(
      "exponential",
      given,
      all.map(([counts, ...rest]) => [exponential(3, -2, counts, 1), ...rest] as const),
    ),
  ),
);
const anyScopes = fc.array(anyMetric, { maxLength: 5 }).map((metrics) => scopes(...metrics));

const carriers: Record<string, (value: unknown) => unknown> = {
  JSON: (value) => JSON.parse(JSON.stringify(value)),
  "structured cloning": structuredClone,
};

describe.each(Object.entries(carriers))("a report carried by %s", (_, carry) => {
  it("arrives as it was collected", () => {
    fc.assert(
      fc.property(anyScopes, (collected) => {
        const { scopes: arrived, rejected } = decode(carry(encode(collected)));
        expect(rejected).toBe(0);
        expect(withoutEmpty(arrived)).toEqual(withoutEmpty(collected));
      }),
    );
  });

  it("arrives with a gauge's NaN and infinities, and its labels' as text", () => {
    const collected = scopes(
      metric("gauge", "odd", [
        [Number.NaN, { label: Number.NaN }],
        [-Infinity, { label: Infinity }],
        [0, { label: undefined, none: "x" }],
      ]),
    );
    const { scopes: arrived, rejected } = decode(carry(encode(collected)));
    expect(rejected).toBe(0);
    expect(arrived[0]!.metrics[0]!.dataPoints.map(({ value }) => value)).toEqual([
      Number.NaN,
      -Infinity,
      0,
    ]);
    expect(arrived[0]!.metrics[0]!.dataPoints.map((point) => point.attributes)).toEqual([
      { label: "NaN" },
      { label: "Infinity" },
      { none: "x" },
    ]);
  });

  it("keeps points of one name with different buckets apart", () => {
    const collected = scopes(
      metric("histogram", "took", [
        [histogram([1], [1]), { a: 1 }],
        [histogram([2], [1, 2]), { a: 2 }],
      ]),
    );
    const { scopes: arrived, rejected } = decode(carry(encode(collected)));
    expect(rejected).toBe(0);
    expect(arrived[0]!.metrics.flatMap(({ dataPoints }) => dataPoints)).toEqual(
      collected[0]!.metrics[0]!.dataPoints,
    );
  });
});

/** Nothing is said of a metric without points. */
function withoutEmpty(all: readonly ScopeMetricsLike[]): unknown {
  return all.map(({ scope, metrics }) => ({
    scope,
    metrics: metrics.filter(({ dataPoints }) => dataPoints.length > 0),
  }));
}

const take = (value: unknown): void => {
  const totals = new Totals(
    { maxSeries: 5, gauges: gaugeRules(undefined), onTrouble: () => undefined },
    [0, 0],
  );
  for (const member of [0, 1]) totals.report(member, decode(value).scopes);
  totals.report(0, decode(value).scopes);
  totals.depart(0);
  for (const { metrics } of totals.scopes([1, 0], () => true)) {
    for (const { dataPoints } of metrics) {
      for (const point of dataPoints) expect(point.value).toBeDefined();
    }
  }
};

it("takes anything for a report, and makes no trouble of it", () => {
  fc.assert(fc.property(fc.anything(), (value) => take(value)));
});

it("takes a report in which anything stands anywhere, and what is left of it adds up", () => {
  fc.assert(
    fc.property(anyScopes, fc.nat(), fc.anything({ withBigInt: true }), (collected, at, odd) => {
      const report = structuredClone(encode(collected)) as unknown;
      const places: [object, string][] = [];
      collectPlaces(report, places);
      if (places.length > 0) {
        const [holder, key] = places[at % places.length]!;
        (holder as Record<string, unknown>)[key] = odd;
      }
      take(report);
    }),
    { numRuns: 1_000 },
  );
});

function collectPlaces(value: unknown, places: [object, string][]): void {
  if (typeof value !== "object" || value === null) return;
  for (const key of Object.keys(value)) {
    places.push([value, key]);
    collectPlaces((value as Record<string, unknown>)[key], places);
  }
}

describe("the bounds of a report", () => {
  const pointOf = (label: unknown, value: unknown = 1): unknown => [label, [1, 0], [2, 0], value];
  const report = (given: object): unknown => [
    {
      name: "shop",
      metrics: [{ name: "sold", type: 3, temporality: 1, monotonic: true, ...given }],
    },
  ];
  const rejectedOf = (given: object): number => decode(report(given)).rejected;

  it.each([
    ["a name that is too long", { name: "x".repeat(256), points: [] }],
    ["no name", { name: "", points: [] }],
    ["another type", { type: 7, points: [] }],
    ["delta temporality", { temporality: 0, points: [] }],
    ["no points", {}],
    ["a label value that is too long", { points: [pointOf({ a: "x".repeat(8_193) })] }],
    ["an object for a label value", { points: [pointOf({ a: {} })] }],
    ["a counter below zero", { points: [pointOf({}, -1)] }],
    ["a counter that is no number", { points: [pointOf({}, "NaN")] }],
    ["a time that is none", { points: [[{}, "now", [2, 0], 1]] }],
  ])("refuses %s", (_, given) => {
    expect(rejectedOf(given)).toBe(1);
  });

  it("refuses more labels, points and metrics than there may be", () => {
    const many = Object.fromEntries(Array.from({ length: 129 }, (_, index) => [`l${index}`, 1]));
    expect(rejectedOf({ points: [pointOf(many)] })).toBe(1);
    const points = Array.from({ length: 200_005 }, () => pointOf({}));
    expect(rejectedOf({ points })).toBe(5);
    const one = { name: "a", type: 2, temporality: 1, points: [] };
    const metrics = Array.from({ length: 10_003 }, () => one);
    expect(decode([{ name: "shop", metrics }]).rejected).toBe(3);
  });

  it("refuses a histogram whose counts do not fit its buckets, or are not its count", () => {
    const took = (value: unknown): object => ({
      type: 0,
      boundaries: [1, 10],
      points: [pointOf({}, value)],
    });
    expect(rejectedOf(took([[1, 0, 2], 3, 5, 1, 4]))).toBe(0);
    expect(rejectedOf(took([[1, 0], 1, 5, 1, 4]))).toBe(1);
    expect(rejectedOf(took([[1, 0, 2], 4, 5, 1, 4]))).toBe(1);
    expect(rejectedOf(took([[1, -1, 2], 2, 5, 1, 4]))).toBe(1);
  });
});
