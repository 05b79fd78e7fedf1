import { expect, it } from "vitest";
import { createEngine } from "../../src/check/engine.ts";
import type { CheckAnswer, CheckFunction } from "../../src/check/result.ts";
import { CheckRunner, MAX_ABANDONED } from "../../src/check/runner.ts";
import { manualClock } from "../../src/testing/manual-clock.ts";
import { held, planOf, stallingClock, watched } from "./harness.ts";

it("runs at once and then on its interval, and says nothing before the first result", async () => {
  const clock = manualClock();
  const { runner, results, before } = watched(
    planOf(() => {}),
    clock,
  );
  expect(runner.result).toBeUndefined();
  expect(runner.status).toBe("unknown");
  await clock.advance(5_000);
  expect(results).toEqual([]);

  runner.start();
  runner.start();
  expect(runner.nextRunInMs).toBe(0);
  await clock.advance(3_500);

  expect(results).toHaveLength(4);
  expect(before).toEqual(["unknown", "pass", "pass", "pass"]);
  expect(runner.result).toMatchObject({ outcome: "pass", status: "pass", consecutiveFailures: 0 });
  expect(runner.nextRunInMs).toBe(500);
  expect(results.map(({ startedAt }) => startedAt - results[0]!.startedAt)).toEqual([
    0, 1_000, 2_000, 3_000,
  ]);
});

it("counts the failures in a row, and forgets them with a run that does not fail", async () => {
  const clock = manualClock();
  const answers: (CheckAnswer | Error)[] = [
    new Error("one"),
    { status: "fail", message: "two" },
    { status: "warn", message: "slow", data: { queue: 7 } },
    new Error("three"),
  ];
  const { runner, results } = watched(
    planOf(() => {
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      return answer;
    }),
    clock,
  );
  runner.start();
  await clock.advance(4_000);

  expect(results.map((result) => [result.outcome, result.consecutiveFailures])).toEqual([
    ["fail", 1],
    ["fail", 2],
    ["warn", 0],
    ["fail", 1],
    ["pass", 0],
  ]);
  expect(results.map((result) => result.error?.message)).toEqual([
    "one",
    "two",
    undefined,
    "three",
    undefined,
  ]);
  expect(results[2]).toMatchObject({ message: "slow", data: { queue: 7 } });
});

it.each<[string, () => unknown, string]>([
  [
    "throws",
    () => {
      throw new Error("no");
    },
    "no",
  ],
  ["rejects", () => Promise.reject(new Error("later no")), "later no"],
  [
    "throws no error",
    () => {
      throw "text";
    },
    'The check threw "text"',
  ],
  [
    "throws nothing",
    () => {
      throw undefined;
    },
    "The check threw undefined",
  ],
  ["returns a number", () => 1, "got 1"],
  ["returns rows", async () => [{ ok: 1 }], "got an array of 1"],
  ["returns null", () => null, "got null"],
  ["returns an unknown status", () => ({ status: "great" }), "got an object"],
  [
    "returns what throws when read",
    () => ({
      get status() {
        throw new Error("trap");
      },
    }),
    "trap",
  ],
  [
    "returns a thenable that throws",
    () => ({
      get then() {
        throw new Error("then");
      },
    }),
    "then",
  ],
])("takes a check that %s as failed", async (_, check, message) => {
  const clock = manualClock();
  const { runner } = watched(planOf(check as CheckFunction), clock);
  runner.start();
  await clock.advance(0);
  expect(runner.result).toMatchObject({ outcome: "fail", status: "fail", consecutiveFailures: 1 });
  expect(runner.result?.error?.message).toContain(message);
});

it("fails a check that does not answer in time, aborts its signal, and drops the late answer", async () => {
  const clock = manualClock();
  const signals: AbortSignal[] = [];
  const slow = held();
  const { runner, results } = watched(
    planOf((context) => {
      signals.push(context.signal);
      return slow.check(context);
    }),
    clock,
  );
  runner.start();
  await clock.advance(499);
  expect(signals[0]!.aborted).toBe(false);
  await clock.advance(1);

  expect(signals[0]!.aborted).toBe(true);
  expect(signals[0]!.reason).toMatchObject({ code: "ERR_TASKMON_CHECK_TIMEOUT" });
  expect(results).toMatchObject([
    { outcome: "fail", durationMs: 500, error: { code: "ERR_TASKMON_CHECK_TIMEOUT" } },
  ]);
  slow.answer();
  await clock.advance(100);
  expect(results).toHaveLength(1);
});

it("waits for a function that ignores its signal before it runs the check again", async () => {
  const clock = manualClock();
  const slow = held();
  const { runner, results, abandoned } = watched(planOf(slow.check), clock);
  runner.start();
  await clock.advance(1_700);
  expect(slow.calls).toBe(1);
  slow.answer();
  await clock.advance(0);
  expect(slow.calls).toBe(2);
  slow.answer();
  await clock.advance(0);
  expect(results.map(({ outcome }) => outcome)).toEqual(["fail", "pass"]);
  expect(abandoned).toEqual([]);
});

it("gives up a function that never returns, tries again, and stops trying at a bound", async () => {
  const clock = manualClock();
  const stuck = held();
  const { runner, results, abandoned } = watched(planOf(stuck.check), clock);
  runner.start();
  await clock.advance(2_499);
  expect(abandoned).toEqual([]);
  await clock.advance(1);
  expect(abandoned).toMatchObject([{ code: "ERR_TASKMON_CHECK_KILL_TIMEOUT" }]);
  expect(stuck.calls).toBe(2);

  await clock.advance(60_000);
  expect(stuck.calls).toBe(MAX_ABANDONED);
  expect(results.length).toBeGreaterThan(20);
  expect(results.at(-1)).toMatchObject({
    outcome: "fail",
    error: { code: "ERR_TASKMON_CHECK_KILL_TIMEOUT" },
  });

  stuck.answer();
  await clock.advance(1_000);
  expect(stuck.calls).toBe(MAX_ABANDONED + 1);
});

it("shares one run among all who ask for it, and with the schedule", async () => {
  const clock = manualClock();
  const slow = held();
  const { runner, results } = watched(planOf(slow.check), clock);
  runner.start();
  await clock.advance(100);
  const asked = [runner.run(), runner.run(), runner.run()];
  slow.answer();
  const shared = await Promise.all(asked);
  expect(slow.calls).toBe(1);
  expect(new Set([...shared, results[0]]).size).toBe(1);
});

it("leaves the schedule as it is when the check is run on demand", async () => {
  const clock = manualClock();
  const { runner } = watched(
    planOf(() => {}),
    clock,
  );
  runner.start();
  await clock.advance(300);
  const result = await runner.run();
  expect(result.outcome).toBe("pass");
  expect(runner.nextRunInMs).toBe(700);
});

it("drops the runs whose time went by, counts them, and keeps its phase", async () => {
  const clock = manualClock();
  const slow = held();
  const { runner, results } = watched(planOf(slow.check, { timeoutMs: 10_000 }), clock);
  runner.start();
  await clock.advance(3_300);
  slow.answer();
  await clock.advance(0);
  expect(runner.dropped).toBe(3);
  expect(runner.nextRunInMs).toBe(700);
  await clock.advance(700);
  expect(slow.calls).toBe(2);
  expect(results).toHaveLength(1);
});

it("runs the checks of one engine one after the other, or as many at a time as asked", async () => {
  for (const concurrency of [1, 3]) {
    const clock = manualClock();
    const engine = createEngine(clock, concurrency);
    let running = 0;
    let most = 0;
    const check = async (): Promise<void> => {
      most = Math.max(most, ++running);
      await new Promise<void>((resolve) => clock.after(10, resolve));
      running--;
    };
    const all = Array.from({ length: 7 }, () => watched(planOf(check), clock, engine));
    for (const { runner } of all) runner.start();
    await clock.advance(900);
    expect(all.map(({ results }) => results.length)).toEqual([1, 1, 1, 1, 1, 1, 1]);
    expect(most).toBe(concurrency);
  }
});

it("lets others run while a timed-out function has not returned", async () => {
  const clock = manualClock();
  const engine = createEngine(clock, 1);
  const stuck = watched(planOf(held().check), clock, engine);
  const other = watched(
    planOf(() => {}),
    clock,
    engine,
  );
  stuck.runner.start();
  other.runner.start();
  await clock.advance(499);
  expect(other.results).toHaveLength(0);
  await clock.advance(1);
  expect(other.results).toHaveLength(1);
});

it("cancels the run under way when it is stopped, without a result, and runs no more", async () => {
  const clock = manualClock();
  let signal: AbortSignal | undefined;
  const { runner, results } = watched(
    planOf((context) => {
      signal = context.signal;
      return new Promise(() => {});
    }),
    clock,
  );
  runner.start();
  await clock.advance(100);
  const asked = runner.run();
  runner.stop();
  runner.stop();
  await expect(asked).rejects.toMatchObject({ code: "ERR_TASKMON_CHECK_CANCELLED" });
  await expect(runner.run()).rejects.toMatchObject({ code: "ERR_TASKMON_CHECK_CANCELLED" });
  expect(signal?.aborted).toBe(true);
  await clock.advance(10_000);
  expect(results).toEqual([]);
  expect(runner.nextRunInMs).toBeUndefined();
});

it("keeps its results when it is stopped and started again, and when it is replaced", async () => {
  const clock = manualClock();
  const { runner, results } = watched(
    planOf(() => Promise.reject(new Error("a"))),
    clock,
  );
  runner.start();
  await clock.advance(1_000);
  runner.stop();
  expect(runner.result?.consecutiveFailures).toBe(2);
  runner.start();
  await clock.advance(0);
  expect(runner.result?.consecutiveFailures).toBe(3);
  runner.replace(planOf(() => Promise.reject(new Error("b"))));
  expect(runner.result?.error?.message).toBe("a");
  await clock.advance(0);
  expect(results.at(-1)).toMatchObject({ consecutiveFailures: 4, error: { message: "b" } });
});

it("never starts a replacement beside the function that it replaces", async () => {
  const clock = manualClock();
  const old = held();
  const next = held();
  const { runner } = watched(planOf(old.check), clock);
  runner.start();
  await clock.advance(10);
  runner.replace(planOf(next.check));
  await clock.advance(400);
  expect(next.calls).toBe(0);
  old.answer();
  await clock.advance(0);
  expect(next.calls).toBe(1);
});

it("answers a reader from the last result, renews a stale one behind it, and waits only beyond", async () => {
  const clock = manualClock();
  const slow = held();
  const plan = planOf(slow.check, {
    timeoutMs: 50_000,
    schedule: { ...planOf(() => {}).schedule, intervalMs: 1_000_000 },
  });
  const { runner } = watched(plan, clock);
  runner.start();
  await clock.advance(0);
  slow.answer();
  await clock.advance(0);
  const first = runner.result!;

  await clock.advance(1_000);
  expect(await runner.read(1_000, 5_000)).toBe(first);
  expect(slow.calls).toBe(1);

  await clock.advance(1);
  for (let reader = 0; reader < 100; reader++) {
    expect(await runner.read(1_000, 5_000)).toBe(first);
  }
  await clock.advance(0);
  expect(slow.calls).toBe(2);

  await clock.advance(5_000);
  const waiting = [runner.read(1_000, 5_000), runner.read(1_000, 5_000)];
  slow.answer({ status: "warn" });
  expect((await Promise.all(waiting)).map(({ outcome }) => outcome)).toEqual(["warn", "warn"]);
  expect(slow.calls).toBe(2);
});

it("lets a check run another one inside of it, and refuses to let it wait for itself", async () => {
  const clock = manualClock();
  const engine = createEngine(clock, 1);
  const inner = watched(
    planOf(() => ({ status: "warn" })),
    clock,
    engine,
  );
  const outer: CheckRunner = new CheckRunner(
    planOf(async () => {
      const { outcome } = await inner.runner.run();
      const itself = await outer.run().catch((error: { code: string }) => error.code);
      return { status: "pass", message: `${outcome}, ${JSON.stringify(itself)}` };
    }),
    engine,
  );
  outer.start();
  inner.runner.start();
  await clock.advance(0);
  expect(outer.result?.message).toBe('warn, "ERR_TASKMON_CHECK_WAITS_FOR_ITSELF"');
});

it("warns of a run that passes slowly", async () => {
  const clock = manualClock();
  const slow = held();
  const { runner } = watched(planOf(slow.check, { slowMs: 200 }), clock);
  runner.start();
  await clock.advance(201);
  slow.answer();
  await clock.advance(0);
  expect(runner.result).toMatchObject({ outcome: "warn", message: "took 201 ms" });
});

it("survives a listener that throws", async () => {
  const clock = manualClock();
  const runner = new CheckRunner(
    planOf(() => {}),
    createEngine(clock, 1),
    {
      onResult: () => {
        throw new Error("listener");
      },
    },
  );
  runner.start();
  await clock.advance(2_000);
  expect(runner.status).toBe("pass");
});

it("gives a check the time back that the event loop stood still", async () => {
  const clock = stallingClock();
  const slow = held();
  const { runner, results } = watched(planOf(slow.check), clock);
  runner.start();
  await clock.advance(100);
  clock.stall(3_000);
  await clock.advance(1);
  expect(results).toEqual([]);
  slow.answer();
  await clock.advance(0);
  expect(results).toMatchObject([{ outcome: "pass" }]);
});

it("fails a check that had its whole time besides the standstill", async () => {
  const clock = stallingClock();
  const { runner, results } = watched(planOf(held().check), clock);
  runner.start();
  await clock.advance(100);
  clock.stall(3_000);
  await clock.advance(600);
  expect(results).toMatchObject([
    { outcome: "fail", error: { code: "ERR_TASKMON_CHECK_TIMEOUT" } },
  ]);
});

it("calls a check unknown, not failed, that never had its time", async () => {
  const clock = stallingClock();
  const { runner, results } = watched(planOf(held().check), clock);
  runner.start();
  await clock.advance(100);
  clock.stall(3_000);
  await clock.advance(100);
  clock.stall(3_000);
  await clock.advance(0);
  expect(results).toMatchObject([
    { outcome: "unknown", status: "unknown", consecutiveFailures: -1 },
  ]);
});

it("calls a failure unknown beside a standstill, and leaves the status as it was", async () => {
  const clock = stallingClock();
  const slow = held();
  const { runner, results } = watched(planOf(slow.check), clock);
  runner.start();
  await clock.advance(0);
  slow.answer();
  await clock.advance(1_000);
  clock.stall(800);
  slow.answer({ status: "fail", message: "own timer" });
  await clock.advance(0);
  expect(results).toMatchObject([
    { outcome: "pass", status: "pass" },
    { outcome: "unknown", status: "pass", consecutiveFailures: 0, error: { message: "own timer" } },
  ]);
});
