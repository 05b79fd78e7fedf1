import fc from "fast-check";
import { expect, it } from "vitest";
import { formatId, idOfText, parseId, parseNonZeroId } from "../../src/identity/id.ts";

it("reads hex, decimal and bigint as the same id", () => {
  expect(parseId("id", "0xe49214fa20b35ba8")).toBe(0xe49214fa20b35ba8n);
  expect(parseId("id", "16470222604042394536")).toBe(16_470_222_604_042_394_536n);
  expect(parseId("id", 7n)).toBe(7n);
});

it("refuses what is not an unsigned 64-bit id", () => {
  for (const wrong of [
    "",
    "0x",
    "-1",
    "1.5",
    "e492",
    "0x1ffffffffffffffff",
    -1n,
    2n ** 64n,
    12,
    null,
  ]) {
    expect(() => parseId("identity.app", wrong), String(wrong)).toThrow(
      /^Option identity\.app must be/,
    );
  }
});

it("refuses zero where it means none", () => {
  expect(() => parseNonZeroId("spec.id", "0x0")).toThrow("an id other than zero");
});

it("gives back every id that it wrote", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (id) => {
      expect(parseId("id", `0x${formatId(id)}`)).toBe(id);
      expect(parseId("id", id.toString())).toBe(id);
    }),
  );
});

it("writes ids as the original does: lower-case, unpadded, no 0x", () => {
  expect(formatId(0x0abcn)).toBe("abc");
});

it("gives different texts different ids, and none of them zero", () => {
  const ids = new Set(Array.from({ length: 10_000 }, (_, index) => idOfText(`instance-${index}`)));
  expect(ids.size).toBe(10_000);
  expect(ids.has(0n)).toBe(false);
});
