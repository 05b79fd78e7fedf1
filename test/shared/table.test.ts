import { expect, it } from "vitest";
import { tableLines } from "../../src/shared/table.ts";
import { textWidth } from "../../src/shared/text-width.ts";

it("makes each column as wide as its widest cell, and leaves no blanks at a line's end", () => {
  expect(
    tableLines([
      ["a", "column"],
      ["wider", "b"],
      ["c", ""],
    ]),
  ).toEqual(["a      column", "wider  b", "c"]);
});

it("puts the columns to the right that are said to be", () => {
  const rows = [
    ["name", "value", "unit"],
    ["x", "10", "s"],
  ];
  expect(tableLines(rows, ["left", "right"])).toEqual(["name  value  unit", "x        10  s"]);
});

it("has a column without a title where a row goes on", () => {
  expect(tableLines([["a"], ["b", "remark"]])).toEqual(["a", "b  remark"]);
});

it("aligns what takes two columns of a terminal, or none", () => {
  const rows = [
    ["日本", "x"],
    ["cafe\u0301", "x"],
    ["👩‍💻", "x"],
    ["abcdef", "x"],
  ];
  const ends = tableLines(rows).map((line) => textWidth(line.slice(0, line.lastIndexOf("x"))));
  expect(ends).toEqual([8, 8, 8, 8]);
  expect(["日本", "cafe\u0301", "👩‍💻", "ｱ", "Ａ", "한", "❤️", "…·━"].map(textWidth)).toEqual([
    4, 4, 2, 1, 2, 2, 2, 3,
  ]);
});

it("has no lines without rows", () => {
  expect(tableLines([])).toEqual([]);
});
