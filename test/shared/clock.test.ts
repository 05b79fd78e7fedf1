import { syncBuiltinESMExports } from "node:module";
import os from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it, vi } from "vitest";
import { systemClock } from "../../src/shared/clock.ts";

it("never goes backward", async () => {
  const clock = systemClock();
  let last = clock.now();
  for (let turn = 0; turn < 200; turn++) {
    const now = clock.now();
    expect(now).toBeGreaterThanOrEqual(last);
    last = now;
    if (turn % 50 === 0) await sleep(1);
  }
});

it("advances with real time", async () => {
  const clock = systemClock();
  const before = clock.now();
  await sleep(30);
  expect(clock.now() - before).toBeGreaterThanOrEqual(29);
});

it("calls once after the delay, and not after a cancel", async () => {
  const clock = systemClock();
  const calls: string[] = [];
  clock.after(5, () => calls.push("kept"));
  const cancel = clock.after(5, () => calls.push("cancelled"));
  cancel();
  cancel();
  await sleep(40);
  expect(calls).toEqual(["kept"]);
});

it("does not fire at once for a delay longer than a timer can hold", async () => {
  const calls: string[] = [];
  const cancel = systemClock().after(2 ** 40, () => calls.push("early"));
  await sleep(20);
  cancel();
  expect(calls).toEqual([]);
});

it("estimates the time, near what it is", async () => {
  const clock = systemClock();
  for (let turn = 0; turn < 5; turn++) {
    const before = clock.now();
    await sleep(20);
    const estimate = clock.estimate!();
    const after = clock.now();
    // The wall clock, which it looks at too, has a resolution of a millisecond.
    expect(estimate).toBeGreaterThanOrEqual(before + 18);
    // The uptime, which counts where it is ahead, has one of ten.
    expect(estimate).toBeLessThanOrEqual(after + 12);
  }
});

it("estimates ahead, until it is asked for the time, when somebody sets the wall clock on", () => {
  const clock = systemClock();
  const before = clock.now();
  const { now } = Date;
  Date.now = () => now() + 3_600_000;
  try {
    expect(clock.estimate!()).toBeGreaterThan(before + 3_500_000);
    expect(clock.now()).toBeLessThan(before + 60_000);
    expect(clock.estimate!()).toBeLessThan(before + 60_000);
  } finally {
    Date.now = now;
  }
});

it("counts a suspend that comes right after a reading, which the wall clock shows", () => {
  const { uptime } = os;
  const wall = vi.spyOn(Date, "now");
  const running = vi.spyOn(performance, "now");
  // The machine slept between two readings that are no time of running apart.
  const moved = (ms: number, sleptMs: number): void => {
    running.mockReturnValue(5_000 + ms);
    wall.mockReturnValue(1_000_000 + ms + sleptMs);
    os.uptime = () => 50 + (ms + sleptMs) / 1_000;
    syncBuiltinESMExports();
  };
  try {
    moved(0, 0);
    const clock = systemClock();
    const before = clock.now();
    moved(0.5, 60_000);
    expect(clock.now() - before).toBeCloseTo(60_000.5);
  } finally {
    os.uptime = uptime;
    syncBuiltinESMExports();
    vi.restoreAllMocks();
  }
});

it("does not read the machine's uptime, which is a file, twice within a millisecond", () => {
  const { uptime } = os;
  const running = vi.spyOn(performance, "now");
  const wall = vi.spyOn(Date, "now").mockReturnValue(1_000_000);
  let reads = 0;
  os.uptime = () => (reads++, 50);
  syncBuiltinESMExports();
  try {
    running.mockReturnValue(5_000);
    const clock = systemClock();
    const readings = [0, 0.25, 0.5, 0.75].map((ms) => {
      running.mockReturnValue(5_000 + ms);
      return clock.now();
    });
    expect(readings).toEqual([0, 0.25, 0.5, 0.75]);
    expect(reads).toBe(1);
    running.mockReturnValue(5_001);
    wall.mockReturnValue(1_000_001);
    expect(clock.now()).toBe(1);
    expect(reads).toBe(2);
  } finally {
    os.uptime = uptime;
    syncBuiltinESMExports();
    vi.restoreAllMocks();
  }
});
