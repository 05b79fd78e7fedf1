import { uptime } from "node:os";
import { describe, expect, it } from "vitest";
import { threadFlags } from "../../../../src/task/allocators/sqlite/own-thread.ts";
import { systemStoreClock } from "../../../../src/task/allocators/sqlite/store-clock.ts";

const node = { ...process.versions };

describe.each([["bun"], ["deno"]])(
  "in %s, whose hrtime begins at 0 in each process,",
  (runtime) => {
    it("counts holds from the boot, so that a second process is not before the first", () => {
      const clock = systemStoreClock({ ...node, [runtime]: "1.0.0" });
      const first = clock.now();
      expect(Math.abs(first - uptime() * 1_000)).toBeLessThan(5_000);
      expect(clock.now()).toBeGreaterThanOrEqual(first);
    });
  },
);

it("counts holds by the monotonic clock in Node.js", () => {
  const before = Number(process.hrtime.bigint()) / 1e6;
  const now = systemStoreClock(node).now();
  expect(now).toBeGreaterThanOrEqual(before);
  expect(now).toBeLessThanOrEqual(Number(process.hrtime.bigint()) / 1e6);
});

it("gives the thread no flags in Deno, which refuses them", () => {
  expect(threadFlags(true, { ...node, deno: "2.9.6" })).toEqual([]);
  expect(threadFlags(true, node)).toContain("--experimental-strip-types");
  expect(threadFlags(false, node)).toEqual(["--disable-warning=ExperimentalWarning"]);
});
