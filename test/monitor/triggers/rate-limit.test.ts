import fc from "fast-check";
import { expect, it } from "vitest";
import { rateLimitTrigger } from "../../../src/monitor/index.ts";
import { counter, stage } from "./harness.ts";

it("fires once, is limited, and fires again after the period", async () => {
  const { clock, fire } = stage();
  const child = counter();
  const limited = rateLimitTrigger(child, { max: 1, periodMs: 1_000 });

  expect(await fire(limited)).toBeUndefined();
  expect(await fire(limited)).toBe("limited");
  await clock.advance(999);
  expect(await fire(limited)).toBe("limited");
  await clock.advance(1);
  expect(await fire(limited)).toBeUndefined();
  expect(child.count).toBe(2);
});

it("counts firings that fail", async () => {
  const { fire } = stage();
  const limited = rateLimitTrigger(counter(true), { max: 1, periodMs: 1_000 });
  await expect(fire(limited)).rejects.toThrow("it fails");
  expect(await fire(limited)).toBe("limited");
});

it("never fires with 0, not even first", async () => {
  const child = counter();
  const { fire } = stage();
  expect(await fire(rateLimitTrigger(child, { max: 0, periodMs: 1_000 }))).toBe("limited");
  expect(child.count).toBe(0);
});

it("never fires more often within any window, and no less than it may", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 60 }),
      async (max, waits) => {
        let now = 0;
        const context = { ...stage().context, clock: { ...stage().clock, now: () => now } };
        const fired: number[] = [];
        const limited = rateLimitTrigger(() => void fired.push(now), { max, periodMs: 1_000 });
        for (const wait of waits) {
          now += wait;
          const isFree = fired.filter((at) => now - at < 1_000).length < max;
          expect(await limited.trigger(context)).toBe(isFree ? undefined : "limited");
        }
      },
    ),
    { numRuns: 200 },
  );
});

it("refuses options that are left out", () => {
  expect(() => rateLimitTrigger(counter(), { max: 1 } as never)).toThrow(
    "Option rateLimit.periodMs must be a number from 1 to 31536000000, got null",
  );
});
