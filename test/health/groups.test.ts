import { expect, it } from "vitest";
import { setup, steady, switched } from "./harness.ts";

it("is ready where every critical check of readiness passes, which is where checks belong", async () => {
  const { health, clock } = setup();
  const db = switched();
  const cache = switched();
  health.register("db", db.check, steady);
  health.register("cache", cache.check, { ...steady, critical: false });
  health.register("other", switched(true).check, { ...steady, groups: ["billing"] });
  expect(health.status("readiness")).toMatchObject({ status: "unknown", ok: false });
  await clock.advance(0);
  expect(health.status("readiness")).toEqual({ group: "readiness", status: "pass", ok: true });
  expect(health.status("billing")).toMatchObject({ status: "fail", ok: false });
  expect(health.status("health")).toMatchObject({ status: "fail", ok: false });
  expect(health.groups()).toEqual(["liveness", "readiness", "startup", "billing"]);

  cache.failing = true;
  await clock.advance(1_000);
  expect(health.status("readiness")).toMatchObject({ status: "warn", ok: true });
  db.failing = true;
  await clock.advance(1_000);
  expect(health.status("readiness")).toMatchObject({ status: "fail", ok: false, retryInMs: 1_000 });
});

it("is alive until a check of the process fails, also before anything is known", async () => {
  const { health, clock } = setup();
  expect(health.status("liveness").ok).toBe(true);
  const loop = switched();
  health.register("loop", loop.check, { ...steady, groups: ["liveness"], scope: "process" });
  expect(health.status("liveness")).toMatchObject({ status: "unknown", ok: true });
  await clock.advance(0);
  loop.failing = true;
  await clock.advance(1_000);
  expect(health.status("liveness")).toMatchObject({ status: "fail", ok: false });
});

it.each([
  ["one that says nothing of its scope", () => {}, undefined],
  ["one that is declared to look further", () => {}, "dependency"],
  [
    "one that says of itself that it looks further",
    Object.assign(() => {}, { scope: "dependency" as const }),
    undefined,
  ],
  [
    "one that says so, whatever it is declared to be",
    Object.assign(() => {}, { scope: "dependency" as const }),
    "process",
  ],
])("lets liveness refuse a check that looks beyond the process: %s", (_, check, scope) => {
  const { health } = setup();
  const options = { groups: ["liveness"] as string[], ...(scope && { scope }) };
  expect(() => health.register("db", check, options as object)).toThrow(
    expect.objectContaining({ code: "ERR_TASKMON_INVALID_OPTION" }),
  );
  expect(health.names()).toEqual([]);
});

it("waits for startup: until then it lives, and is not ready; afterwards startup is over for good", async () => {
  const { health, clock } = setup();
  const migrations = switched(true);
  const loop = switched(true);
  health.register("migrations", migrations.check, { ...steady, groups: ["startup"] });
  health.register("db", () => {}, { ...steady, groups: ["readiness", "billing"] });
  health.register("loop", loop.check, { ...steady, groups: ["liveness"], scope: "process" });
  await clock.advance(3_000);
  expect(health.started).toBe(false);
  expect(health.status("startup")).toMatchObject({ status: "fail", ok: false, retryInMs: 1_000 });
  expect(health.status("liveness")).toMatchObject({ ok: true, reason: "starting" });
  for (const group of ["readiness", "billing"]) {
    expect(health.status(group)).toMatchObject({ status: "fail", ok: false, reason: "starting" });
  }

  migrations.failing = false;
  await clock.advance(1_000);
  expect(health.started).toBe(true);
  expect(health.status("startup").ok).toBe(true);
  expect(health.status("readiness")).toMatchObject({ status: "pass", ok: true });
  expect(health.status("liveness").ok).toBe(false);

  migrations.failing = true;
  await clock.advance(1_000);
  expect(health.status("startup").ok).toBe(true);
  expect(health.status("readiness").ok).toBe(true);
});

it("marks a failure as caused by the check that it depends on, and still measures it", async () => {
  const { health, clock } = setup();
  const orders = switched(true);
  health.register("db", switched(true).check, steady);
  health.register("orders", orders.check, { ...steady, dependsOn: ["db"] });
  await clock.advance(2_000);
  const [db, child] = health.report("readiness").checks;
  expect(db?.causedBy).toBeUndefined();
  expect(child).toMatchObject({ name: "orders", state: "fail", causedBy: "db" });
  expect(orders.calls).toBe(3);
});

it("counts a check for nothing during its maintenance, still runs it, and says so", async () => {
  const { health, clock } = setup();
  const db = switched(true);
  health.register("db", db.check, steady);
  const at = (ms: number): Date => new Date(clock.wallTime() + ms);
  health.maintenance({ checks: ["db"], from: at(1_500), until: at(3_500) });
  health.maintenance({ checks: ["other"] });
  const seen: boolean[] = [];
  for (let second = 0; second < 5; second++) {
    await clock.advance(1_000);
    seen.push(health.status("readiness").ok);
  }
  expect(seen).toEqual([false, true, true, false, false]);
  expect(db.calls).toBe(6);

  const end = health.maintenance();
  expect(health.status("readiness").ok).toBe(true);
  expect(health.report("readiness").checks[0]).toMatchObject({ state: "fail", maintenance: true });
  end();
  expect(health.status("readiness").ok).toBe(false);
  expect(() => health.maintenance({ until: "tomorrow" as never })).toThrow("maintenance.until");
});

it("answers what an operator said of a check or a group, until it is taken back", async () => {
  const { health, clock } = setup();
  health.register("db", switched(true).check, steady);
  await clock.advance(0);
  const endCheck = health.forceCheck("db", "pass", "known false alarm");
  expect(health.status("readiness").ok).toBe(true);
  expect(health.report("readiness").checks[0]).toMatchObject({
    state: "fail",
    forced: { status: "pass", reason: "known false alarm" },
  });
  const endGroup = health.forceGroup("readiness", "fail", "moving house");
  expect(health.status("readiness")).toMatchObject({ ok: false, reason: "moving house" });
  endGroup();
  expect(health.status("readiness").ok).toBe(true);
  endCheck();
  expect(health.status("readiness").ok).toBe(false);
  expect(() => health.forceGroup("readiness", "great" as never, "x")).toThrow("status");
});

it("is not ready while it drains, and alive all the same", async () => {
  const { health, clock } = setup();
  health.register("db", () => {}, steady);
  await clock.advance(0);
  health.startDraining();
  expect(health.status("readiness")).toMatchObject({ status: "fail", reason: "draining" });
  expect(health.status("liveness").ok).toBe(true);
  expect(health.status("health").ok).toBe(true);
  health.stopDraining();
  expect(health.status("readiness").ok).toBe(true);
});
