import { expect, it } from "vitest";
import { backoffMs } from "../../src/shared/backoff.ts";

it("doubles the wait after each failure, up to the longest", () => {
  const waits = [1, 2, 3, 4, 5, 2_000, Infinity].map((failures) =>
    backoffMs(failures, { firstMs: 10, maxMs: 50 }),
  );
  expect(waits).toEqual([10, 20, 40, 50, 50, 50, 50]);
});

it("takes a random share off each wait, at most the one that jitter allows", () => {
  const waitMs = (random: number): number =>
    backoffMs(3, { firstMs: 10, maxMs: 1_000, jitter: 0.25, random: () => random });
  expect([0, 0.5, 1].map(waitMs)).toEqual([40, 35, 30]);
});
