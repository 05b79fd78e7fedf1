import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { labelText, lineText, numberText } from "../../src/dump/format.ts";

describe("a number", () => {
  it.each([
    [0, "0"],
    [-0, "-0"],
    [42, "42"],
    [-1_234_567_890, "-1234567890"],
    [Number.MAX_SAFE_INTEGER, "9007199254740991"],
    [2 ** 53, "~9007199254740992"],
    [-(2 ** 60), "~-1152921504606847000"],
    [1e300, "~1e+300"],
    [Number.MAX_VALUE, "~1.79769e+308"],
    [Number.MIN_VALUE, "5e-324"],
    [0.1 + 0.2, "0.3"],
    [1 / 3, "0.333333"],
    [-1234.56789, "-1234.57"],
    [1_767_225_600.25, "1767225600"],
    [1.5e-7, "1.5e-7"],
    [Number.NaN, "NaN"],
    [Infinity, "+Inf"],
    [-Infinity, "-Inf"],
  ])("%d is shown as %s", (value, text) => {
    expect(numberText(value)).toBe(text);
  });

  it("keeps its digits before the point, whatever is asked for", () => {
    expect(numberText(123_456.789, 4)).toBe("123457");
  });

  it("is shown as a number close by", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const shown = Number(numberText(value).replace("~", ""));
        expect(Math.abs(shown - value)).toBeLessThanOrEqual(Math.abs(value) * 1e-5);
      }),
    );
  });
});

describe("a label's value", () => {
  it.each([
    ["web", "web"],
    ["GET /orders/:id", "GET /orders/:id"],
    ["Ωmega 日本 👍", "Ωmega 日本 👍"],
    ["", '""'],
    ["-", '"-"'],
    [" web", '" web"'],
    ["two  blanks", '"two  blanks"'],
    ["(overflow)", '"(overflow)"'],
    ['say "no"', String.raw`"say \"no\""`],
    ["back\\slash", String.raw`"back\\slash"`],
    ["line\nline\ttab", String.raw`"line\nline\ttab"`],
    ["\u001b[31mred", String.raw`"\u001b[31mred"`],
    ["\u0085\u2028\u202e\u200b\u00a0", String.raw`"\u0085\u2028\u202e\u200b\u00a0"`],
    ["half \ud83d", String.raw`"half \ud83d"`],
    [7, "7"],
    [false, "false"],
    [undefined, "-"],
  ])("%j is shown as %s", (value, text) => {
    expect(labelText(value)).toBe(text);
  });

  it("is cut off where it is long", () => {
    expect(labelText("x".repeat(81))).toBe(`${"x".repeat(79)}…`);
    expect(labelText("\n".repeat(1_000))).toHaveLength(79 * 2 + 3);
  });

  it("takes one line of bounded length and shows nothing else than itself", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (value) => {
        const text = labelText(value);
        expect(text).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u);
        expect(text.length).toBeLessThanOrEqual(80 * 6 + 2);
        if (value.length <= 80) {
          expect(text.startsWith('"') ? JSON.parse(text) : text).toBe(value);
        }
      }),
    );
  });
});

it("puts a text of several lines on one, and lets nothing in it move the cursor", () => {
  expect(lineText(" a\n  b\u001b[2J ")).toBe(String.raw`a b\u001b[2J`);
  expect(lineText("x".repeat(200))).toHaveLength(80);
});
