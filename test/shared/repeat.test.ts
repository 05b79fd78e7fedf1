import { expect, it } from "vitest";
import { repeat } from "../../src/shared/repeat.ts";
import { manualClock } from "../../src/testing/manual-clock.ts";

it("begins at once, then waits as each step says", async () => {
  const clock = manualClock();
  const at: number[] = [];
  const start = clock.now();
  const loop = repeat(clock, async () => at.push(clock.now() - start) * 10, 1_000);
  await clock.advance(60);
  loop.stop();
  expect(at).toEqual([0, 10, 30, 60]);
});

it("never runs two steps at a time, also when hurried", async () => {
  const clock = manualClock();
  let running = 0;
  let most = 0;
  let finish = (): void => undefined;
  const loop = repeat(
    clock,
    async () => {
      most = Math.max(most, ++running);
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      running--;
      return 10;
    },
    1_000,
  );
  loop.hurry();
  await clock.advance(50);
  loop.hurry();
  finish();
  await loop.idle();
  await clock.advance(10);
  expect(running).toBe(1);
  loop.stop();
  finish();
  expect(most).toBe(1);
});

it("begins now when hurried between steps", async () => {
  const clock = manualClock();
  let steps = 0;
  const loop = repeat(clock, async () => (steps++, 1_000), 1_000);
  await loop.idle();
  loop.hurry();
  await loop.idle();
  expect(steps).toBe(2);
  expect(clock.pending).toBe(1);
  loop.stop();
});

it("goes on after a step that rejects", async () => {
  const clock = manualClock();
  let steps = 0;
  const loop = repeat(
    clock,
    async () => {
      if (++steps === 1) throw new Error("broken step");
      return 10;
    },
    500,
  );
  await clock.advance(499);
  expect(steps).toBe(1);
  await clock.advance(1);
  expect(steps).toBe(2);
  loop.stop();
});

it("leaves no timer behind after a stop, and aborts the step's signal", async () => {
  const clock = manualClock();
  let signal: AbortSignal | undefined;
  const loop = repeat(
    clock,
    async (given) => {
      signal = given;
      return 10;
    },
    500,
  );
  await loop.idle();
  loop.stop();
  loop.stop();
  expect(clock.pending).toBe(0);
  expect(signal?.aborted).toBe(true);
});
