import { expect, it } from "vitest";
import { OYSTERPACK_PROFILE } from "../../src/health/index.ts";
import { setup, switched } from "../health/harness.ts";

it("is ready two seconds after what it needs is there, where nothing is said of intervals", async () => {
  const { health, clock } = setup();
  const state = switched(true);
  health.register("db", state.check);
  await clock.advance(1_000);
  expect(health.status("readiness").ok).toBe(false);
  state.failing = false;
  // An interval, the shift of its grid, and the jitter.
  await clock.advance(2_000 * 1.6 + 1_000);
  expect(health.status("readiness").ok).toBe(true);
});

it("takes 15 seconds while it passes, a shorter interval of the check's own, and five minutes in the profile", async () => {
  const { health } = setup();
  health.register("db", () => {});
  health.register("quick", () => {}, { intervalMs: 500 });
  expect(health.spec("db").schedule).toMatchObject({
    intervalMs: 15_000,
    failingIntervalMs: 2_000,
    downIntervalMs: 2_000,
  });
  expect(health.spec("quick").schedule.failingIntervalMs).toBe(500);
  const { health: original } = setup(OYSTERPACK_PROFILE);
  original.register("db", () => {});
  expect(original.spec("db").schedule).toMatchObject({
    intervalMs: 300_000,
    failingIntervalMs: 300_000,
  });
  await Promise.all([health.shutdown(), original.shutdown()]);
});

it("keeps no more of a message than an event should carry", async () => {
  const { health, clock } = setup();
  health.register("page", () => ({ status: "warn", message: "x".repeat(100_000) }), { jitter: 0 });
  await clock.advance(0);
  expect(health.result("page").message).toBe(`${"x".repeat(1_000)} …`);
  await health.shutdown();
});
