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
