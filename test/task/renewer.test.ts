import { diag, DiagLogLevel } from "@opentelemetry/api";
import { afterEach, expect, it } from "vitest";
import { type ManualClock, manualClock } from "../../src/testing/manual-clock.ts";
import type { Heartbeat, HeartbeatAnswer, TaskNumAllocator } from "../../src/task/allocator.ts";
import { leasePolicy } from "../../src/task/policy.ts";
import { Task } from "../../src/task/task.ts";

const policy = leasePolicy();
const target = { serviceName: "s", jobName: "j", hostName: "h" };
const granted: HeartbeatAnswer = { kind: "granted", num: 4, epoch: 9, leaseMs: 60_000 };

type Answer = HeartbeatAnswer | Error | Promise<HeartbeatAnswer>;

/** An allocator that answers as it is told to, and remembers what it was asked. */
function scripted(answer: (heartbeat: Heartbeat) => Answer): TaskNumAllocator & {
  readonly heard: { instanceId: string; heartbeat: Heartbeat; signal: AbortSignal }[];
  readonly released: unknown[];
} {
  const heard: { instanceId: string; heartbeat: Heartbeat; signal: AbortSignal }[] = [];
  const released: unknown[] = [];
  return {
    name: "scripted",
    scope: "fleet",
    heard,
    released,
    async notifyTaskIsAlive(_, instanceId, heartbeat, { signal }) {
      heard.push({ instanceId, heartbeat, signal });
      const given = answer(heartbeat);
      if (given instanceof Error) throw given;
      return given;
    },
    async release(_, instanceId, release) {
      released.push({ instanceId, ...release });
      return true;
    },
  };
}

function taskOf(allocator: TaskNumAllocator, clock: ManualClock, random = (): number => 0.5): Task {
  return new Task({ allocator, target, instanceId: "i-1", policy, clock, random });
}

const lines: string[] = [];
function listenToDiag(): void {
  const log = (...parts: unknown[]): unknown => lines.push(parts.slice(0, 2).join(" "));
  diag.setLogger(
    { error: log, warn: log, info: log, debug: log, verbose: log },
    { logLevel: DiagLogLevel.INFO, suppressOverrideMessage: true },
  );
  lines.length = 0;
}
afterEach(() => diag.disable());

it("asks at once, and then once a period", async () => {
  const clock = manualClock();
  const allocator = scripted(() => granted);
  const task = taskOf(allocator, clock);
  expect(task.state).toBe("unassigned");
  task.start();
  task.start();
  await task.settled();
  expect(task).toMatchObject({ state: "held", number: 4, epoch: 9 });
  await clock.advance(60_000);
  expect(allocator.heard.map(({ heartbeat }) => heartbeat.seq)).toEqual([1, 2, 3, 4]);
});

it("spreads heartbeats by a tenth of the period", async () => {
  for (const [random, firstMs] of [
    [0, 18_000],
    [0.75, 21_000],
  ] as const) {
    const clock = manualClock();
    const allocator = scripted(() => granted);
    taskOf(allocator, clock, () => random).start();
    await clock.advance(firstMs - 1);
    expect(allocator.heard).toHaveLength(1);
    await clock.advance(1);
    expect(allocator.heard).toHaveLength(2);
  }
});

it("sends one heartbeat at a time, and gives each up after its time limit", async () => {
  const clock = manualClock();
  const allocator = scripted(() => new Promise(() => undefined));
  taskOf(allocator, clock).start();
  await clock.advance(4_999);
  expect(allocator.heard).toHaveLength(1);
  expect(allocator.heard[0]?.signal.aborted).toBe(false);
  await clock.advance(1);
  expect(allocator.heard[0]?.signal.aborted).toBe(true);
  await clock.advance(1_000);
  expect(allocator.heard).toHaveLength(2);
});

it("begins a heartbeat's time limit when the store can be asked, or after 30 s all the same", async () => {
  const clock = manualClock();
  let isThere = (): void => undefined;
  const allocator = {
    ...scripted(() => new Promise(() => undefined)),
    ready: () => new Promise<void>((resolve) => (isThere = resolve)),
  };
  taskOf(allocator, clock).start();
  await clock.advance(20_000);
  expect(allocator.heard).toHaveLength(0);
  isThere();
  await clock.advance(4_999);
  expect(allocator.heard[0]?.signal.aborted).toBe(false);
  await clock.advance(1);
  expect(allocator.heard[0]?.signal.aborted).toBe(true);
  await clock.advance(29_000);
  expect(allocator.heard).toHaveLength(1);
  await clock.advance(2_000);
  expect(allocator.heard).toHaveLength(2);
});

it("sends nothing any more when it is stopped before the store can be asked", async () => {
  const clock = manualClock();
  const allocator = { ...scripted(() => granted), ready: () => new Promise<void>(() => undefined) };
  const task = taskOf(allocator, clock);
  task.start();
  await clock.advance(1_000);
  await task.release();
  await clock.advance(60_000);
  expect(allocator.heard).toHaveLength(0);
  expect(task.state).toBe("released");
});

it("says that exports go on while the allocator fails only where there is a lease", async () => {
  listenToDiag();
  const clock = manualClock();
  let answer: Answer = granted;
  const task = taskOf(
    scripted(() => answer),
    clock,
  );
  task.start();
  await task.settled();
  answer = new Error("no such host");
  await clock.advance(30_000);
  expect(lines.join()).toContain("fails; exports go on until the lease ends: no such host");
});

it("drops an answer that comes after its time limit", async () => {
  const clock = manualClock();
  let answerLate = (_: HeartbeatAnswer): void => undefined;
  const allocator = scripted(
    () =>
      new Promise((resolve) => {
        answerLate = resolve;
      }),
  );
  const task = taskOf(allocator, clock);
  task.start();
  await clock.advance(5_000);
  answerLate(granted);
  await clock.advance(1);
  expect(task.state).toBe("unassigned");
});

it("keeps its number through an outage until the deadline, and no longer", async () => {
  const clock = manualClock();
  let answer: Answer = granted;
  const task = taskOf(
    scripted(() => answer),
    clock,
  );
  task.start();
  await task.settled();
  answer = new Error("connection refused");
  const { signal } = task;
  await clock.advance(59_999);
  expect(task).toMatchObject({ state: "held", number: 4 });
  expect(signal.aborted).toBe(false);
  await clock.advance(1);
  expect(task.state).toBe("expired");
  expect(task.number).toBeUndefined();
  expect(signal.aborted).toBe(true);
});

it("goes on under the same grant after an outage, with a new signal", async () => {
  const clock = manualClock();
  let answer: Answer = granted;
  const allocator = scripted(() => answer);
  const task = taskOf(allocator, clock);
  task.start();
  await task.settled();
  const { signal } = task;
  answer = new Error("connection refused");
  await clock.advance(200_000);
  answer = granted;
  await clock.advance(20_000);
  expect(task).toMatchObject({ state: "held", number: 4, epoch: 9 });
  // It claims nothing for certain any more, until it is told that it still has its number.
  expect(allocator.heard.at(-1)?.heartbeat).not.toHaveProperty("held");
  expect(signal.aborted).toBe(true);
  expect(task.signal.aborted).toBe(false);
});

it("says once that the allocator fails, and once that it answers again", async () => {
  listenToDiag();
  const clock = manualClock();
  let answer: Answer = new Error("no such host");
  taskOf(
    scripted(() => answer),
    clock,
  ).start();
  await clock.advance(100_000);
  answer = granted;
  await clock.advance(50_000);
  expect(lines).toEqual([
    "taskmon.task The scripted allocator fails; there is no number until it answers: no such host (docs/lease.md)",
    "taskmon.task The scripted allocator answers again",
  ]);
});

it("tells what happens to its number, to those who still listen", async () => {
  listenToDiag();
  const clock = manualClock();
  let answer: Answer = granted;
  const task = taskOf(
    scripted(() => answer),
    clock,
  );
  const events: string[] = [];
  for (const event of ["granted", "renewed", "lost", "regained", "full"] as const) {
    task.on(event, () => events.push(`${event} ${task.number ?? "-"}`));
  }
  task.on("granted", () => {
    throw new Error("broken listener");
  });
  const stop = task.on("granted", () => events.push("never"));
  stop();
  task.start();
  await clock.advance(20_000);
  answer = new Error("connection refused");
  await clock.advance(100_000);
  answer = granted;
  await clock.advance(20_000);
  answer = { kind: "full" };
  await clock.advance(20_000);
  answer = { ...granted, num: 1, epoch: 12 };
  await clock.advance(20_000);
  await task.release();
  expect(events.filter((event, index) => event !== events[index - 1])).toEqual([
    "granted 4",
    "renewed 4",
    "lost -",
    "regained 4",
    "lost -",
    "full -",
    "granted 1",
    "lost -",
  ]);
  expect(lines.join()).toContain('A listener of task.on("granted") threw');
});

it.each([
  { random: 0, waits: [750, 1_500, 3_000, 6_000, 12_000, 20_000, 20_000] },
  { random: 0.5, waits: [500, 1_000, 2_000, 4_000, 8_000, 13_333, 13_333] },
  { random: 1, waits: [250, 500, 1_000, 2_000, 4_000, 6_667, 6_667] },
])("waits longer after each failure, up to a period (random $random)", async (given) => {
  const clock = manualClock();
  const heardAt: number[] = [];
  const allocator = scripted(() => {
    heardAt.push(clock.now());
    return new Error("down");
  });
  taskOf(allocator, clock, () => given.random).start();
  await clock.advance(65_000);
  const waits = heardAt.slice(1).map((at, index) => Math.round(at - heardAt[index]!));
  expect(waits.slice(0, given.waits.length)).toEqual(given.waits);
});

it("asks anew at once when it is told that it lost its number", async () => {
  const clock = manualClock();
  const answers: Answer[] = [granted, { kind: "lost" }, { ...granted, num: 1, epoch: 12 }];
  const allocator = scripted(() => answers.shift() ?? { ...granted, num: 1, epoch: 12 });
  const task = taskOf(allocator, clock);
  task.start();
  await task.settled();
  const { signal } = task;
  await clock.advance(20_000);
  expect(signal.aborted).toBe(true);
  expect(allocator.heard[2]?.heartbeat.held).toBeUndefined();
  expect(task).toMatchObject({ number: 1, epoch: 12 });
  expect(task.signal.aborted).toBe(false);
});

it("asks ever more slowly where it is told again and again that it lost its number", async () => {
  const clock = manualClock();
  const allocator = scripted(() => ({ kind: "lost" }));
  taskOf(allocator, clock).start();
  await clock.advance(60_000);
  expect(allocator.heard.length).toBeGreaterThan(2);
  expect(allocator.heard.length).toBeLessThan(20);
});

it("goes on under a new instance id after a collision", async () => {
  const clock = manualClock();
  const answers: Answer[] = [{ kind: "collision" }, granted];
  const allocator = scripted(() => answers.shift() ?? granted);
  const task = taskOf(allocator, clock);
  task.start();
  await clock.advance(0);
  expect(allocator.heard[0]?.instanceId).toBe("i-1");
  expect(allocator.heard[1]?.instanceId).toBe(task.instanceId);
  expect(task.instanceId).not.toBe("i-1");
});

it("asks on at its period while all numbers are held, and says so once", async () => {
  listenToDiag();
  const clock = manualClock();
  const allocator = scripted(() => ({ kind: "full" }));
  taskOf(allocator, clock).start();
  await clock.advance(60_000);
  expect(allocator.heard).toHaveLength(4);
  expect(lines).toEqual(["taskmon.task All 65536 task numbers are held (docs/lease.md)"]);
});

it("takes an answer that breaks the contract for a failure", async () => {
  const clock = manualClock();
  const outcomes: string[] = [];
  const task = taskOf(
    scripted(() => ({ ...granted, num: -1 })),
    clock,
  );
  task.on("heartbeat", ({ outcome }) => outcomes.push(outcome));
  task.start();
  await task.settled();
  expect(task.state).toBe("unassigned");
  expect(outcomes).toEqual(["error"]);
});

it("hands its exact grant back, and asks no more", async () => {
  const clock = manualClock();
  const allocator = scripted(() => granted);
  const task = taskOf(allocator, clock);
  task.start();
  await task.settled();
  const { signal } = task;
  await task.release();
  await task.release();
  expect(allocator.released).toEqual([
    { instanceId: "i-1", num: 4, epoch: 9, seq: 2, quarantineMs: 10_000 },
  ]);
  expect(task.state).toBe("released");
  expect(signal.aborted).toBe(true);
  await clock.advance(100_000);
  expect(allocator.heard).toHaveLength(1);
  expect(clock.pending).toBe(0);
});

it("asks anew when it is started after a release, with heartbeats that count on", async () => {
  const clock = manualClock();
  const allocator = scripted(({ seq }) => ({ ...granted, epoch: 9 + seq }));
  const task = taskOf(allocator, clock);
  task.start();
  await task.settled();
  await task.release();
  const before = clock.now();
  task.start();
  expect(task.unsureSinceMs).toBe(before);
  await task.settled();
  expect(task.state).toBe("held");
  expect(allocator.heard.map(({ heartbeat: { seq, held } }) => [seq, held])).toEqual([
    [1, undefined],
    [3, undefined],
  ]);
  await task.release();
  // A release is counted among the heartbeats, so that a late one is known.
  expect(allocator.released).toMatchObject([{ seq: 2 }, { seq: 4 }]);
});

it("starts anew only when the number that is being handed back is", async () => {
  const clock = manualClock();
  let handBack = (_: boolean): void => undefined;
  const allocator = {
    ...scripted(() => granted),
    release: (): Promise<boolean> =>
      new Promise((resolve) => {
        handBack = resolve;
      }),
  };
  const task = taskOf(allocator, clock);
  task.start();
  await task.settled();
  const release = task.release();
  task.start();
  await clock.advance(1);
  expect(allocator.heard).toHaveLength(1);
  handBack(true);
  await release;
  await clock.advance(1);
  expect(allocator.heard).toHaveLength(2);
  expect(task.state).toBe("held");
});

it("may no longer be relied on when the number begins to go back", async () => {
  const clock = manualClock();
  const order: string[] = [];
  const allocator = {
    ...scripted(() => granted),
    release: async (): Promise<boolean> => (order.push("handed back"), true),
  };
  const task = taskOf(allocator, clock);
  task.start();
  await task.settled();
  task.signal.addEventListener("abort", () => order.push("over"));
  await task.release();
  expect(order).toEqual(["over", "handed back"]);
});

it("stays released when it was started and released again while the number went back", async () => {
  const clock = manualClock();
  const allocator = scripted(() => granted);
  const task = taskOf(allocator, clock);
  task.start();
  await task.settled();
  const first = task.release();
  task.start();
  await Promise.all([first, task.release()]);
  await clock.advance(100_000);
  expect(task.state).toBe("released");
  expect(allocator.heard).toHaveLength(1);
});

it("keeps the number until its deadline when the heartbeats are stopped", async () => {
  const clock = manualClock();
  const allocator = scripted(() => granted);
  const task = taskOf(allocator, clock);
  task.start();
  await task.settled();
  await task.stopHeartbeats();
  await clock.advance(task.remainingMs - 1);
  expect(task.state).toBe("held");
  await clock.advance(1);
  expect(task.state).toBe("expired");
  expect(allocator.heard).toHaveLength(1);
});

it("makes sure of the number by a heartbeat at once, and only if need be", async () => {
  const clock = manualClock();
  const allocator = scripted(() => granted);
  const task = taskOf(allocator, clock);
  task.start();
  await task.settled();
  expect(await task.refresh({ marginMs: 1_000 })).toBe("held");
  expect(allocator.heard).toHaveLength(1);
  // As if the process had been stopped for most of its lease.
  await task.stopHeartbeats();
  await clock.advance(task.remainingMs - 500);
  task.start();
  await task.settled();
  expect(await task.refresh({ marginMs: 1_000 })).toBe("held");
  expect(allocator.heard).toHaveLength(2);
});

it("says that there is no number, or that nobody answers, when it is asked to make sure", async () => {
  listenToDiag();
  const clock = manualClock();
  let answer: () => HeartbeatAnswer = () => ({ kind: "no_number" });
  const task = taskOf(
    scripted(() => answer()),
    clock,
  );
  task.start();
  expect(await task.refresh({ marginMs: 1_000 })).toBe("no_number");
  answer = (): never => {
    throw new Error("down");
  };
  expect(await task.refresh({ marginMs: 1_000 })).toBe("failed");
  answer = (): HeartbeatAnswer => granted;
  expect(await task.refresh({ marginMs: 1_000 })).toBe("held");
  await task.release();
  expect(await task.refresh({ marginMs: 1_000 })).toBe("failed");
});

it("waits for a number no longer than it may", async () => {
  const clock = manualClock();
  const task = taskOf(
    scripted(() => new Promise(() => undefined)),
    clock,
  );
  task.start();
  const abort = new AbortController();
  const refresh = task.refresh({ marginMs: 1_000, signal: abort.signal });
  abort.abort();
  expect(await refresh).toBe("failed");
});

it("hands back also what the heartbeat under way brings", async () => {
  const clock = manualClock();
  let answer = (_: HeartbeatAnswer): void => undefined;
  const allocator = scripted(
    () =>
      new Promise((resolve) => {
        answer = resolve;
      }),
  );
  const task = taskOf(allocator, clock);
  task.start();
  await clock.advance(1);
  const release = task.release();
  answer(granted);
  await release;
  expect(allocator.released).toHaveLength(1);
});

it("ends all the same when the number cannot be handed back", async () => {
  listenToDiag();
  const clock = manualClock();
  const allocator = {
    ...scripted(() => granted),
    release: (): Promise<boolean> => new Promise(() => undefined),
  };
  const task = taskOf(allocator, clock);
  task.start();
  await task.settled();
  const release = task.release();
  await clock.advance(5_000);
  await release;
  expect(task.state).toBe("released");
  expect(lines).toEqual([
    "taskmon.task Task number 4 could not be handed back: Releasing the task number took longer than 5000 ms (docs/lease.md)",
  ]);
});
