import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
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
