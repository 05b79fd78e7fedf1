import { expect, it } from "vitest";
import { parseNonZeroId } from "../../src/identity/id.ts";
import { cli } from "./in-process.ts";

it("prints one fresh id, which a spec takes", async () => {
  const { code, out } = await cli("id");
  expect(code).toBe(0);
  expect(parseNonZeroId("id", out)).toBeGreaterThan(0n);
  expect((await cli("id")).out).not.toBe(out);
});

it("prints as many as are asked for, a line each or as JSON", async () => {
  expect(new Set((await cli("id", "100")).out.split("\n")).size).toBe(100);
  expect(JSON.parse((await cli("id", "3", "--json")).out)).toHaveLength(3);
});

it.each(["0", "10001", "x", "1.5", "-1", ""])("refuses %j", async (count) => {
  expect(await cli("id", "--", count)).toMatchObject({
    code: 2,
    error: expect.stringContaining("N must be a number from 1 to 10000") as string,
  });
});

it("refuses a second number", async () => {
  expect(await cli("id", "1", "2")).toMatchObject({
    code: 2,
    error: expect.stringContaining("expects 0 to 1 of [N], got 2") as string,
  });
});
