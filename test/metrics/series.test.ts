import type { Attributes } from "@opentelemetry/api";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { labelDefinitions, type LabelDeclaration } from "../../src/metrics/labels.ts";
import { Series } from "../../src/metrics/series.ts";

interface Cell {
  readonly attributes: Attributes;
}

function series(labels: LabelDeclaration, maxSeries = 1_000): Series<Cell> {
  return new Series(labelDefinitions(labels), maxSeries, (attributes) => ({ attributes }));
}

it("finds the same cell for the same values, in any order of keys", () => {
  const cells = series(["a", "b"]);
  const first = cells.find({ a: "1", b: "2" });
  expect(first).toBeDefined();
  expect(cells.find({ b: "2", a: "1" })).toBe(first);
  expect(cells.find({ a: "2", b: "1" })).not.toBe(first);
  expect(cells.size).toBe(2);
});

it("finds the same cell however a label set is written", () => {
  const cells = series({ a: "string", b: "int?", c: "boolean" });
  const cell = cells.find({ a: "x", b: 1, c: true });
  const inherited = Object.assign(Object.create({ a: "x" }) as object, { b: 1, c: true });
  class Labels {
    get a(): string {
      return "x";
    }
    get b(): number {
      return 1;
    }
    get c(): boolean {
      return true;
    }
  }
  for (const labels of [
    { c: true, b: 1, a: "x" },
    { b: 1, a: "x", c: true },
    { a: "x", b: 1, c: true, unknown: undefined },
    { unknown: undefined, a: "x", b: 1, c: true },
    inherited,
    new Labels(),
  ]) {
    expect(cells.find(labels as Record<string, unknown>)).toBe(cell);
  }
  expect(cells.size).toBe(1);
  expect(cells.find({ a: "x", b: 1, c: true, unknown: "y" })).toBeUndefined();
});

it("gives the cell its attributes, without optional labels that are absent", () => {
  const cells = series({ a: "string", b: "int?", c: "boolean?" });
  expect(cells.find({ a: "x", c: false })?.attributes).toEqual({ a: "x", c: false });
  expect(cells.find({ a: "x", b: undefined, c: false })).toBe(cells.find({ a: "x", c: false }));
  expect(cells.size).toBe(1);
});

it("keeps a number and its text apart, and not an absent value and an empty one", () => {
  const cells = series({ a: "string?" });
  expect(cells.find({ a: "" })).toBe(cells.find({}));
  expect(cells.find({})?.attributes).toEqual({});
});

describe("a wrong label set", () => {
  const cells = series({ a: "string", b: "int?" });
  cells.find({ a: "known" });
  cells.find({ a: "known", b: 1 });

  it.each([
    ["nothing", undefined],
    ["null", null],
    ["a text", "a"],
    ["a missing label", { b: 1 }],
    ["a misspelt label beside a known series", { a: "known", c: "x" }],
    ["an unknown label beside a known series", { a: "known", b: 1, c: "x" }],
    ["a value of another type", { a: 1 }],
    ["a fraction for an int", { a: "x", b: 1.5 }],
    ["NaN for an int", { a: "x", b: Number.NaN }],
    ["an object as a value", { a: {} }],
  ])("has no cell: %s", (_, labels) => {
    const before = cells.size;
    expect(cells.find(labels as never)).toBeUndefined();
    expect(cells.size).toBe(before);
  });
});

it("has one cell where there are no labels, for no labels or empty ones only", () => {
  const cells = series([]);
  expect(cells.find(undefined)).toBe(cells.find({}));
  expect(cells.find({ a: "x" })).toBeUndefined();
});

it("puts what is beyond the cap into one overflow cell, and still finds the series it has", () => {
  const cells = series(["a"], 2);
  const kept = [cells.find({ a: "1" }), cells.find({ a: "2" })];
  const beyond = cells.find({ a: "3" });
  expect(beyond).toBe(cells.overflow);
  expect(beyond?.attributes).toEqual({ "otel.metric.overflow": true });
  expect(cells.find({ a: "4" })).toBe(beyond);
  expect([cells.find({ a: "1" }), cells.find({ a: "2" })]).toEqual(kept);
  expect(cells.size).toBe(3);
  expect([...cells.cells()]).toEqual([...kept, beyond]);
});

it("refuses a wrong label set also beyond the cap", () => {
  const cells = series(["a"], 1);
  cells.find({ a: "1" });
  expect(cells.find({ b: "2" })).toBeUndefined();
});

it("peeks without making a cell", () => {
  const cells = series(["a"]);
  expect(cells.peek({ a: "1" })).toBeUndefined();
  expect(cells.size).toBe(0);
  const cell = cells.find({ a: "1" });
  expect(cells.peek({ a: "1" })).toBe(cell);
});

describe("a removed series", () => {
  it("is found by nobody who collects, and keeps its cell while it is remembered", () => {
    const cells = series(["a", "b"], 1);
    const cell = cells.find({ a: "1", b: "1" })!;
    expect(cells.remove({ a: "1", b: "1" }, false)).toBe(cell);
    expect(cells.remove({ a: "1", b: "1" }, false)).toBeUndefined();
    expect([...cells.cells()]).toEqual([]);
    expect(cells.has(cell)).toBe(false);
    expect(cells.find({ a: "2", b: "1" })).toBe(cells.overflow);
    expect(cells.find({ a: "1", b: "1" })).toBe(cell);
    cells.restore(cell);
    expect(cells.has(cell)).toBe(true);
  });

  it("makes room under the cap when it is forgotten", () => {
    const cells = series(["a", "b"], 2);
    cells.find({ a: "1", b: "1" });
    const sibling = cells.find({ a: "1", b: "2" });
    cells.remove({ a: "1", b: "1" }, true);
    expect(cells.find({ a: "1", b: "2" })).toBe(sibling);
    expect(cells.find({ a: "3", b: "3" })?.attributes).toEqual({ a: "3", b: "3" });
    expect(cells.overflow).toBeUndefined();
  });

  it("is found again by its labels after its forgotten cell was restored", () => {
    const cells = series(["a"], 10);
    const cell = cells.find({ a: "1" })!;
    cells.remove({ a: "1" }, true);
    cells.restore(cell);
    expect(cells.find({ a: "1" })).toBe(cell);
    expect(cells.size).toBe(1);
  });

  it("can be the overflow series, and the only one", () => {
    const capped = series(["a"], 1);
    capped.find({ a: "1" });
    capped.find({ a: "2" });
    expect(capped.remove({ "otel.metric.overflow": true }, true)).toBeDefined();
    expect(capped.overflow).toBeUndefined();
    const single = series([]);
    const cell = single.find(undefined);
    single.remove({}, true);
    expect(single.find(undefined)).not.toBe(cell);
  });
});

it("holds no more than the cap under endless churn, and forgets what it is told to", () => {
  const step = fc.tuple(fc.constantFrom("find", "remove"), fc.nat(12), fc.nat(3));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const cells = series(["a", "b"], 5);
      const live = new Set<string>();
      for (const [action, a, b] of steps) {
        const labels = { a: `${a}`, b: `${b}` };
        const key = `${a}/${b}`;
        if (action === "remove") {
          expect(cells.remove(labels, true) !== undefined).toBe(live.delete(key));
        } else {
          const cell = cells.find(labels);
          if (live.has(key) || live.size < 5) {
            expect(cell?.attributes).toEqual(labels);
            live.add(key);
          } else expect(cell).toBe(cells.overflow);
        }
      }
      const size = cells.size - (cells.overflow === undefined ? 0 : 1);
      expect(size).toBe(live.size);
    }),
  );
});

it("agrees with a naive map for any label values", () => {
  const text = fc.oneof(
    fc.constantFrom("", "__proto__", "constructor", "toString", "a".repeat(5_000)),
    fc.string({ unit: "binary", maxLength: 8 }),
  );
  const labels = fc.record(
    { a: text, b: fc.option(fc.integer(), { nil: undefined }), c: fc.boolean() },
    { requiredKeys: ["a", "c"] },
  );
  fc.assert(
    fc.property(fc.array(labels, { maxLength: 60 }), (sets) => {
      const cells = series({ a: "string", b: "int?", c: "boolean" });
      const naive = new Map<string, Cell>();
      for (const set of sets) {
        const key = JSON.stringify([set.a, set.b ?? null, set.c]);
        const cell = cells.find(set);
        expect(cell).toBeDefined();
        expect(cell).toBe(naive.get(key) ?? cell);
        naive.set(key, cell!);
        expect(cells.peek(set)).toBe(cell);
      }
      expect(new Set(naive.values()).size).toBe(naive.size);
      expect(cells.size).toBe(naive.size);
    }),
  );
});
