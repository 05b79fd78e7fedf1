import { expect, it } from "vitest";
import { Health } from "../../src/health/index.ts";
import { stallingClock } from "../check/harness.ts";

it("says -1 failures in a row until a run proved something, not 0, which means that it passes", async () => {
  const clock = stallingClock();
  const events: unknown[] = [];
  const health = new Health({
    clock,
    seed: 1,
    events: {
      emit: ({ attributes }) => events.push(attributes["health.check.consecutive_failures"]),
    },
  });
  health.register("db", () => new Promise(() => {}), { jitter: 0, timeoutMs: 1_000 });
  await clock.advance(100);
  clock.stall(3_000);
  await clock.advance(100);
  clock.stall(3_000);
  await clock.advance(0);
  expect(health.result("db")).toMatchObject({
    state: "unknown",
    outcome: "unknown",
    consecutiveFailures: -1,
  });
  expect(events.at(-1)).toBe(-1);
  const over = health.shutdown();
  await clock.advance(1_000);
  await over;
});
