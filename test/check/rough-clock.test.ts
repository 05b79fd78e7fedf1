import { expect, it, vi } from "vitest";
import { roughClock } from "../../src/check/rough-clock.ts";
import type { Clock } from "../../src/shared/clock.ts";
import { manualClock } from "../../src/testing/manual-clock.ts";

it("reads a clock that is dear to ask when the last reading is old, and never goes backward", () => {
  let atMs = 1_000;
  const performanceNow = vi.spyOn(performance, "now").mockImplementation(() => atMs);
  try {
    let machine = 500;
    const now = vi.fn<() => number>(() => machine);
    const dear: Clock = { ...manualClock(), now, estimate: now };
    const rough = roughClock(dear);
    const seen = [rough.now()];
    for (let step = 0; step < 10; step++) {
      atMs += 1;
      seen.push(rough.now());
    }
    expect(seen).toEqual([500, 501, 502, 503, 504, 505, 506, 507, 508, 509, 510]);
    expect(now).toHaveBeenCalledTimes(1);
    // The machine was suspended, which the other clock does not count.
    machine = 60_000;
    atMs += 10;
    expect(rough.now()).toBe(60_000);
    // Its steps are coarser than ours.
    machine = 60_010;
    atMs += 25;
    expect(rough.now()).toBe(60_020);
    expect(now).toHaveBeenCalledTimes(3);
  } finally {
    performanceNow.mockRestore();
  }
});

it("leaves a clock that costs nothing as it is", () => {
  const clock = manualClock();
  expect(roughClock(clock)).toBe(clock);
});
