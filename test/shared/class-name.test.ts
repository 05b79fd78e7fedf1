import { expect, it } from "vitest";
import { classNameOf } from "../../src/shared/class-name.ts";

const named = (name: string): object => ({ constructor: { name } });

it.each([
  ["OutOfStock", "OutOfStock"],
  ["Oops", "Oops"],
  // What minifiers make of a name.
  ["e", "Error"],
  ["Zt", "Error"],
  ["xe1", "Error"],
  ["", "Error"],
])("takes %j for %j", (name, expected) => {
  expect(classNameOf(named(name), "Error")).toBe(expected);
});

it("needs no class", () => {
  expect(classNameOf(Object.create(null) as object, "MetricReader")).toBe("MetricReader");
  expect(classNameOf({ constructor: { name: 7 } }, "MetricReader")).toBe("MetricReader");
});
