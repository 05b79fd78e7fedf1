import { type Attributes, ValueType } from "@opentelemetry/api";
import {
  AggregationType,
  createAllowListAttributesProcessor,
  createDenyListAttributesProcessor,
  type IAttributesProcessor,
  InstrumentType,
  MeterProvider,
  type ViewOptions,
} from "@opentelemetry/sdk-metrics";
import { expect, it } from "vitest";
import { type MatchingView, viewsOf } from "../../src/sdk/views.ts";

const wait = {
  name: "wait",
  description: "Waits.",
  unit: "s",
  type: InstrumentType.HISTOGRAM,
  valueType: ValueType.DOUBLE,
  advice: { explicitBucketBoundaries: [1, 2] },
};

/** The views that match `wait` of a Meter `shop`. */
function matching(...views: ViewOptions[]): readonly MatchingView[] {
  return viewsOf(new MeterProvider({ views }))!.findViews(wait, { name: "shop", version: "1" });
}

it("finds the views that match, in their order", () => {
  const found = matching(
    { instrumentName: "w*", description: "first" },
    { instrumentName: "other" },
    { meterName: "shop", instrumentName: "wait", name: "renamed", aggregationCardinalityLimit: 7 },
    { meterName: "elsewhere" },
  );
  expect(
    found.map(({ name, description, cardinalityLimit }) => [name, description, cardinalityLimit]),
  ).toEqual([
    [undefined, "first", undefined],
    ["renamed", undefined, 7],
  ]);
});

it.each<[string, ViewOptions["aggregation"], MatchingView["aggregation"]]>([
  ["the default", undefined, { kind: "histogram", boundaries: [1, 2], recordMinMax: true }],
  ["drop", { type: AggregationType.DROP }, { kind: "drop" }],
  ["sum", { type: AggregationType.SUM }, { kind: "sum" }],
  ["last value", { type: AggregationType.LAST_VALUE }, { kind: "last_value" }],
  [
    "explicit buckets",
    {
      type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM,
      options: { boundaries: [5], recordMinMax: false },
    },
    { kind: "histogram", boundaries: [5], recordMinMax: false },
  ],
  [
    "exponential buckets",
    { type: AggregationType.EXPONENTIAL_HISTOGRAM, options: { maxSize: 20 } },
    { kind: "exponential", maxSize: 20, recordMinMax: true },
  ],
])("reads the aggregation of a view: %s", (_, aggregation, expected) => {
  const [view] = matching({ instrumentName: "wait", ...(aggregation && { aggregation }) });
  expect(view?.aggregation).toEqual(expected);
});

const rename: IAttributesProcessor = { process: (given: Attributes) => ({ b: given["a"]! }) };

it.each<[string, IAttributesProcessor[], Attributes, (boolean | undefined)[]]>([
  ["none", [], { a: 1, b: 2 }, [false, false]],
  ["an allow list", [createAllowListAttributesProcessor(["a"])], { a: 1 }, [false, true]],
  ["a deny list", [createDenyListAttributesProcessor(["a"])], { b: 2 }, [true, false]],
  ["one of the user's own", [rename], { b: 1 }, [undefined, undefined]],
  [
    "two",
    [createAllowListAttributesProcessor(["a"]), createDenyListAttributesProcessor(["a"])],
    {},
    [true, true],
  ],
])("processes attributes, and says which are always dropped: %s", (_, processors, kept, drops) => {
  const [view] = matching({ instrumentName: "wait", attributesProcessors: processors });
  expect(view!.process({ a: 1, b: 2 })).toEqual(kept);
  expect(["a", "b"].map((key) => view!.drops(key))).toEqual(drops);
});

it("finds no views in what is no provider of the SDK", () => {
  expect(viewsOf({})).toBeUndefined();
});
