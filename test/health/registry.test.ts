import { expect, it } from "vitest";
import { Health, OYSTERPACK_PROFILE } from "../../src/health/index.ts";
import { setup, steady, switched } from "./harness.ts";

it("starts with nothing registered", () => {
  const { health } = setup();
  expect(health.ids()).toEqual([]);
  expect(health.names()).toEqual([]);
  expect(health.results()).toEqual([]);
  expect(health.paused()).toEqual([]);
  expect(health.registered("db")).toBe(false);
  expect(health.unregister("db")).toBe(false);
  expect(health.pause("db")).toBe(false);
});

it("runs a registered check, whose start times strictly increase", async () => {
  const { health, clock } = setup();
  const { name, id, replaced } = health.register("db", () => {}, steady);
  expect({ name, replaced }).toEqual({ name: "db", replaced: false });
  expect(health.registered("db") && health.registered(id)).toBe(true);

  let last = -Infinity;
  for (let run = 0; run < 5; run++) {
    const result = await health.run("db");
    expect(result).toMatchObject({ state: "pass", outcome: "pass", consecutiveFailures: 0 });
    expect(result.startedAt).toBeGreaterThan(last);
    last = result.startedAt!;
    await clock.advance(run === 2 ? 0 : 700);
  }
});

it("lists what is paused, and no longer after it is resumed", async () => {
  const { health, clock } = setup();
  const state = switched();
  health.register("db", state.check, steady);
  health.register("cache", () => {}, steady);
  await clock.advance(0);

  expect(health.pause("db")).toBe(true);
  expect(health.pause("db")).toBe(true);
  expect(health.paused()).toEqual(["db"]);
  await clock.advance(10_000);
  expect(state.calls).toBe(1);

  health.resume("db");
  expect(health.paused()).toEqual([]);
  await clock.advance(1_000);
  expect(state.calls).toBe(3);
});

it("says -1 before the first run, 0 while passing, and n after n failures in a row", async () => {
  const { health, clock } = setup();
  const state = switched();
  health.register("db", state.check, { ...steady, initialDelayMs: 5_000 });
  expect(health.result("db")).toMatchObject({ state: "unknown", consecutiveFailures: -1 });
  expect(health.result("db").startedAt).toBeUndefined();

  await clock.advance(5_000);
  expect(health.result("db").consecutiveFailures).toBe(0);
  state.failing = true;
  for (const failures of [1, 2, 3]) {
    await clock.advance(1_000);
    expect(health.result("db")).toMatchObject({
      state: "fail",
      consecutiveFailures: failures,
      error: { message: "switched off" },
    });
  }
  state.failing = false;
  await clock.advance(1_000);
  expect(health.result("db").consecutiveFailures).toBe(0);
});

it("runs every 5 minutes and allows 5 seconds in the profile of OysterPack", async () => {
  const { health, clock } = setup(OYSTERPACK_PROFILE);
  const state = switched();
  health.register("db", state.check, { jitter: 0 });
  expect(health.spec("db")).toMatchObject({ intervalMs: 300_000, timeoutMs: 5_000 });
  await clock.advance(299_999);
  expect(state.calls).toBe(1);
  await clock.advance(1);
  expect(state.calls).toBe(2);
  health.register("stuck", () => new Promise(() => {}), { jitter: 0 });
  await clock.advance(5_000);
  expect(health.result("stuck")).toMatchObject({ state: "fail", durationMs: 5_000 });
});

it("finds a check by its name, by its id and by the id's hex text", async () => {
  const { health } = setup();
  health.register("db", () => {}, { ...steady, id: "0xa1" });
  expect(health.ids()).toEqual([0xa1n]);
  for (const ref of ["db", 0xa1n, "0xa1", "0xA1"]) expect(health.result(ref).name).toBe("db");
  expect(health.registered(0xa2n)).toBe(false);

  const first = health.register("made", () => {});
  expect(health.result(first.id).name).toBe("made");
  expect(new Health().register("made", () => {}).id).toBe(first.id);
});

it("replaces a check of the same name, says so, and keeps its result and count", async () => {
  const { health, clock, events } = setup();
  health.register("db", switched(true).check, { ...steady, id: "0xa1" });
  await clock.advance(2_000);
  expect(health.result("db").consecutiveFailures).toBe(3);
  health.pause("db");

  const next = switched(true);
  expect(health.register("db", next.check, { ...steady, intervalMs: 500 })).toEqual({
    name: "db",
    id: 0xa1n,
    replaced: true,
  });
  expect(events.at(-1)?.attributes).toMatchObject({ "health.check.replaced": true });
  expect(health.paused()).toEqual([]);
  expect(health.result("db").consecutiveFailures).toBe(3);
  await clock.advance(500);
  expect(next.calls).toBe(2);
  expect(health.result("db").consecutiveFailures).toBe(5);
  expect(health.ids()).toEqual([0xa1n]);
});

it("cancels the run of a check that is replaced or paused, without a result", async () => {
  const { health, clock } = setup();
  const signals: AbortSignal[] = [];
  const check = ({ signal }: { signal: AbortSignal }): Promise<void> => {
    signals.push(signal);
    return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
  };
  health.register("db", check, steady);
  await clock.advance(0);
  const asked = health.run("db");
  health.pause("db");
  await expect(asked).rejects.toMatchObject({ code: "ERR_TASKMON_HEALTH_CHECK_NOT_ALIVE" });
  expect(signals[0]?.aborted).toBe(true);
  expect(health.result("db")).toMatchObject({ state: "paused", consecutiveFailures: -1 });

  health.resume("db");
  await clock.advance(0);
  health.register("db", () => {}, steady);
  expect(signals[1]?.aborted).toBe(true);
  await clock.advance(0);
  expect(health.result("db").outcome).toBe("pass");
});

it("keeps the last result and the count over a pause", async () => {
  const { health, clock } = setup();
  health.register("db", switched(true).check, steady);
  await clock.advance(1_000);
  const { startedAt } = health.result("db");
  health.pause("db");
  expect(health.result("db")).toMatchObject({ state: "paused", consecutiveFailures: 2, startedAt });
  health.resume("db");
  expect(health.result("db")).toMatchObject({ state: "fail", consecutiveFailures: 2, startedAt });
  await clock.advance(0);
  expect(health.result("db").consecutiveFailures).toBe(3);
});

it("has a time, a duration and its own error for a check that times out", async () => {
  const { health, clock } = setup();
  health.register("db", () => new Promise(() => {}), { ...steady, timeoutMs: 250 });
  await clock.advance(250);
  expect(health.result("db")).toMatchObject({
    consecutiveFailures: 1,
    durationMs: 250,
    startedAt: clock.wallTime() - 250,
    error: { code: "ERR_TASKMON_HEALTH_CHECK_TIMEOUT", errorId: 0x8257a572526e13f4n },
  });
});

it("says with an error of its own that a function was given up", async () => {
  const { health, clock } = setup();
  health.register("db", () => new Promise(() => {}), {
    ...steady,
    timeoutMs: 100,
    killTimeoutMs: 200,
  });
  await clock.advance(60_000);
  expect(health.result("db").error).toMatchObject({
    code: "ERR_TASKMON_HEALTH_CHECK_KILL_TIMEOUT",
    errorId: 0xf4ad6052397f6858n,
  });
});

it("survives a check that throws, and fails it", async () => {
  const { health, clock } = setup();
  health.register("bug", () => (undefined as unknown as { x: () => void }).x(), steady);
  await clock.advance(0);
  expect(health.result("bug")).toMatchObject({ state: "fail", error: { name: "TypeError" } });
});

it("lets everyone read while a check runs, and a check use the registry", async () => {
  const { health, clock } = setup();
  let read: unknown;
  health.register("inner", () => {}, steady);
  health.register(
    "outer",
    async () => {
      read = [health.results().length, (await health.run("inner")).outcome];
    },
    steady,
  );
  await clock.advance(0);
  expect(read).toEqual([2, "pass"]);
  expect(health.result("outer").state).toBe("pass");
});

it.each<[string, (health: Health) => unknown, string, bigint | undefined]>([
  [
    "a check that is none",
    (health) => health.register("a", 1 as never),
    "ERR_TASKMON_ILLEGAL_ARGUMENT",
    0x9d95c5fac078b82cn,
  ],
  [
    "no check",
    (health) => health.register("a", undefined as never),
    "ERR_TASKMON_ILLEGAL_ARGUMENT",
    0x9d95c5fac078b82cn,
  ],
  [
    "a blank name",
    (health) => health.register(" ", () => {}),
    "ERR_TASKMON_ILLEGAL_ARGUMENT",
    0x9d95c5fac078b82cn,
  ],
  [
    "an id of zero",
    (health) => health.register("a", () => {}, { id: 0n }),
    "ERR_TASKMON_ILLEGAL_ARGUMENT",
    0x9d95c5fac078b82cn,
  ],
  [
    "an id that is none",
    (health) => health.register("a", () => {}, { id: "x" }),
    "ERR_TASKMON_ILLEGAL_ARGUMENT",
    0x9d95c5fac078b82cn,
  ],
  [
    "a reference of zero",
    (health) => health.result(0n),
    "ERR_TASKMON_ILLEGAL_ARGUMENT",
    0x9d95c5fac078b82cn,
  ],
  [
    "a reference that is none",
    (health) => health.result(7 as never),
    "ERR_TASKMON_ILLEGAL_ARGUMENT",
    0x9d95c5fac078b82cn,
  ],
  [
    "an unknown name",
    (health) => health.result("b"),
    "ERR_TASKMON_HEALTH_CHECK_NOT_REGISTERED",
    0xefb3ffddac690f37n,
  ],
  [
    "the spec of an unknown check",
    (health) => health.spec("b"),
    "ERR_TASKMON_HEALTH_CHECK_NOT_REGISTERED",
    0xefb3ffddac690f37n,
  ],
  [
    "an unknown check to run",
    (health) => health.run("b"),
    "ERR_TASKMON_HEALTH_CHECK_NOT_REGISTERED",
    0xefb3ffddac690f37n,
  ],
  [
    "an unknown check to resume",
    (health) => health.resume("b"),
    "ERR_TASKMON_HEALTH_CHECK_NOT_REGISTERED",
    0xefb3ffddac690f37n,
  ],
  [
    "a paused check to run",
    (health) => health.pause("known") && health.run("known"),
    "ERR_TASKMON_HEALTH_CHECK_NOT_ALIVE",
    0xe1972916f1c18daen,
  ],
  [
    "a second name for an id",
    (health) => health.register("other", () => {}, { id: "0xa1" }),
    "ERR_TASKMON_HEALTH_CHECK_ALREADY_REGISTERED",
    0xdbfd6d9ab0049876n,
  ],
  [
    "a second id for a name",
    (health) => health.register("known", () => {}, { id: "0xa2" }),
    "ERR_TASKMON_HEALTH_CHECK_ALREADY_REGISTERED",
    0xdbfd6d9ab0049876n,
  ],
  [
    "a namesake that may not replace",
    (health) => health.register("known", () => {}, { replace: false }),
    "ERR_TASKMON_HEALTH_CHECK_ALREADY_REGISTERED",
    0xdbfd6d9ab0049876n,
  ],
  [
    "an interval of zero",
    (health) => health.register("a", () => {}, { intervalMs: 0 }),
    "ERR_TASKMON_INVALID_OPTION",
    undefined,
  ],
  [
    "a timeout of zero",
    (health) => health.register("a", () => {}, { timeoutMs: 0 }),
    "ERR_TASKMON_INVALID_OPTION",
    undefined,
  ],
  [
    "a misspelt option",
    (health) => health.register("a", () => {}, Object.fromEntries([["intervalMS", 1]])),
    "ERR_TASKMON_INVALID_OPTION",
    undefined,
  ],
  [
    "more failures than the window",
    (health) => health.register("a", () => {}, { window: { failures: 3, size: 2 } }),
    "ERR_TASKMON_INVALID_OPTION",
    undefined,
  ],
])("refuses %s by an error with a name and an id", async (_, call, code, errorId) => {
  const { health } = setup();
  health.register("known", () => {}, { ...steady, id: "0xa1" });
  await expect((async () => call(health))()).rejects.toMatchObject(
    errorId === undefined ? { code } : { code, errorId },
  );
  expect(health.names()).toEqual(["known"]);
});

it("runs nothing after its shutdown, and says so", async () => {
  const { health, clock } = setup();
  const state = switched();
  health.register("db", state.check, steady);
  health.register("stuck", () => new Promise(() => {}), steady);
  await clock.advance(0);
  const asked = health.run("stuck");
  const ended = health.shutdown();
  await expect(asked).rejects.toMatchObject({ errorId: 0x9cb3a496d32894d2n });
  await clock.advance(1_000);
  await ended;
  await clock.advance(10_000);
  expect(state.calls).toBe(1);
  expect(health.result("db").outcome).toBe("pass");
  const code = "ERR_TASKMON_SERVICE_NOT_ALIVE";
  await expect(health.run("db")).rejects.toMatchObject({ code });
  expect(() => health.register("a", () => {})).toThrow(expect.objectContaining({ code }));
  expect(() => health.resume("db")).toThrow(expect.objectContaining({ code }));
});

it("leaves no timer behind when it is shut down", async () => {
  const { health, clock } = setup();
  for (let check = 0; check < 5; check++) health.register(`c${check}`, () => {}, steady);
  await clock.advance(3_000);
  await health.shutdown();
  expect(clock.pending).toBe(0);
});

it("lets a configuration win over the code, by id and by name, also for a check that replaces", async () => {
  const { health, clock } = setup({
    overrides: {
      healthChecks: [
        { id: "0xa1", intervalMs: 2_000, timeoutMs: 1_000 },
        { name: "cache", timeoutMs: 3_000 },
      ],
    },
  });
  const state = switched();
  health.register("db", state.check, { ...steady, id: "0xa1", timeoutMs: 9_000 });
  health.register("cache", () => {}, steady);
  health.register("other", () => {}, steady);
  expect(health.spec("db")).toMatchObject({ intervalMs: 2_000, timeoutMs: 1_000 });
  expect(health.spec("cache")).toMatchObject({ intervalMs: 1_000, timeoutMs: 3_000 });
  expect(health.spec("other")).toMatchObject({ intervalMs: 1_000, timeoutMs: 5_000 });
  await clock.advance(4_000);
  expect(state.calls).toBe(3);
  health.register("db", state.check, { intervalMs: 50 });
  expect(health.spec("db").intervalMs).toBe(2_000);
});

it.each([
  [{ id: "0xa1", intervalMs: 0 }, "intervalMs"],
  [{ id: "0xa1", timeoutMs: 0 }, "timeoutMs"],
  [{ id: "0x0" }, "id"],
  [{ timeoutMs: 1 }, "healthChecks[0]"],
  [{ id: "0xa1", interval: 3 }, "interval"],
])("refuses a configuration with %j", (entry, named) => {
  expect(() => new Health({ overrides: { healthChecks: [entry] } })).toThrow(named);
});

it("logs the events of the original with their ids", async () => {
  const { health, clock, events, said } = setup({ resultEvents: "all" });
  const state = switched();
  health.register("db", state.check, { ...steady, id: "0xa1" });
  await clock.advance(0);
  state.failing = true;
  await clock.advance(1_000);
  health.pause("db");
  health.resume("db");
  health.unregister("db");
  health.report("readiness");
  health.report("readiness");

  expect(
    events.map((event) => [
      event.eventName,
      event.severityNumber,
      event.attributes["taskmon.event.id"],
    ]),
  ).toEqual([
    ["health.check.registered", 9, "b5f3142d410a2375"],
    ["health.check.result", 9, "a68e0475cc1839be"],
    ["health.check.result", 17, "a68e0475cc1839be"],
    ["health.check.paused", 9, "c7a3b54188e75210"],
    ["health.check.resumed", 9, "c4dc7b2938caf3a9"],
    ["health.check.unregistered", 9, undefined],
    ["health.check.none", 13, "8c805853a70ec666"],
  ]);
  expect(events[0]?.attributes).toMatchObject({
    "health.check.name": "db",
    "health.check.id": "a1",
    "health.check.interval_ms": 1_000,
    "health.check.timeout_ms": 5_000,
    "health.check.replaced": false,
  });
  expect(events[2]?.attributes).toMatchObject({
    "health.check.outcome": "fail",
    "health.check.consecutive_failures": 1,
    "health.check.duration": 0,
    "health.check.started_at": "2026-01-01T00:00:01.000Z",
    "exception.message": "switched off",
    "error.type": "Error",
  });
  said();
});

it("logs failures and what ends them, not every passing run", async () => {
  const { health, clock, said } = setup();
  const state = switched();
  health.register("db", state.check, steady);
  await clock.advance(3_000);
  expect(said()).toEqual(["health.check.registered", "health.check.result"]);
  state.failing = true;
  await clock.advance(2_000);
  state.failing = false;
  await clock.advance(3_000);
  expect(said()).toEqual(["health.check.result", "health.check.result", "health.check.result"]);
});

it("logs through an OpenTelemetry LoggerProvider, and survives one that throws", async () => {
  const names: string[] = [];
  const provider = {
    getLogger: (name: string) => {
      names.push(name);
      return {
        emit: () => {
          throw new Error("logger");
        },
      };
    },
  };
  const { health, clock } = setup({ events: provider });
  health.register("db", () => {}, steady);
  await clock.advance(0);
  expect(names).toEqual(["taskmon.health"]);
  expect(health.result("db").state).toBe("pass");
});

it("keeps no process alive", () => {
  const before = process.getActiveResourcesInfo().length;
  const health = new Health();
  health.register("db", () => {}, steady);
  expect(process.getActiveResourcesInfo().length).toBe(before);
  void health.shutdown();
});
