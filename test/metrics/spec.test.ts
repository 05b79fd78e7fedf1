import { expect, it } from "vitest";
import {
  defineCounter,
  defineGauge,
  defineHistogram,
  defineUpDownCounter,
} from "../../src/metrics/spec.ts";

const base = { service: "0xa", id: "0xb", name: "shop.orders", help: "Orders." } as const;

it("declares each kind, with ids as bigints and defaults filled in", () => {
  expect(defineCounter(base)).toEqual({
    kind: "counter",
    service: { id: 10n, name: "taskmon.service.a" },
    id: 11n,
    name: "shop.orders",
    help: "Orders.",
    unit: "1",
    labels: [],
    buckets: undefined,
    maxSeries: 1_998,
    derivedIds: [],
    definedAt: expect.stringMatching(/spec\.test\.ts:\d+:\d+$/) as string,
  });
  expect(defineUpDownCounter(base).kind).toBe("upDownCounter");
  expect(defineGauge({ ...base, unit: "By" }).unit).toBe("By");
  expect(defineHistogram({ ...base, buckets: [1, 2] }).buckets).toEqual([1, 2]);
});

it("lets the service name its Meter", () => {
  expect(defineCounter({ ...base, service: { id: 10n, name: "shop" } }).service).toEqual({
    id: 10n,
    name: "shop",
  });
});

it("reads labels as names of texts, or as names with types", () => {
  expect(defineCounter({ ...base, labels: ["a"] }).labels).toEqual([
    { key: "a", type: "string", optional: false },
  ]);
  expect(defineCounter({ ...base, labels: { a: "int?", b: "boolean" } }).labels).toEqual([
    { key: "a", type: "int", optional: true },
    { key: "b", type: "boolean", optional: false },
  ]);
});

it("cannot be changed afterwards", () => {
  const buckets = [1, 2];
  const spec = defineHistogram({ ...base, buckets });
  buckets.push(0);
  expect(spec.buckets).toEqual([1, 2]);
  expect(Object.isFrozen(spec) && Object.isFrozen(spec.labels)).toBe(true);
});

it("sorts the buckets, as the reference does", () => {
  expect(defineHistogram({ ...base, buckets: [10, -1, 2] }).buckets).toEqual([-1, 2, 10]);
});

it("says everything that is wrong at once, for people and for programs", () => {
  const declare = (): unknown =>
    defineHistogram({ ...base, name: "1st", help: " ", labels: ["a", "a"], buckets: [2, 2] });
  expect(declare).toThrow(
    expect.objectContaining({
      code: "ERR_TASKMON_INVALID_SPEC",
      findings: [
        { rule: "name-legal", message: expect.any(String) as string },
        { rule: "help-required", message: expect.any(String) as string },
        { rule: "labels-distinct", message: "label a is declared twice" },
        {
          rule: "buckets-ordered",
          message: "buckets[1] must differ from the bounds before it, got 2 again",
        },
      ],
    }),
  );
});
