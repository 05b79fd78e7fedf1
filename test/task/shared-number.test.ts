import { expect, it, onTestFinished } from "vitest";
import type { HeartbeatAnswer, Release, TaskNumAllocator } from "../../src/task/allocator.ts";
import { memoryAllocator } from "../../src/task/allocators/memory.ts";
import { applyAnswer, nextHeartbeat, NO_LEASE } from "../../src/task/lease.ts";
import type { Loan } from "../../src/task/loans.ts";
import { leasePolicy } from "../../src/task/policy.ts";
import { Task } from "../../src/task/task.ts";
import { manualClock } from "../../src/testing/index.ts";

const target = { serviceName: "s", jobName: "s", hostName: "h" };
const policy = leasePolicy({ leaseMs: 60_000 });
const granted = (worker?: number): HeartbeatAnswer => ({
  kind: "granted",
  num: 3,
  epoch: 7,
  leaseMs: 60_000,
  ...(worker !== undefined && { worker }),
});

function startTask(allocator: TaskNumAllocator) {
  const clock = manualClock();
  const task = new Task({ allocator, target, instanceId: "i", policy, clock });
  task.start();
  onTestFinished(() => task.stopHeartbeats());
  return { clock, task };
}

it("keeps the place under a shared number, and says it at each heartbeat", () => {
  const { state } = applyAnswer(NO_LEASE, granted(2), 0, policy);
  expect(nextHeartbeat(state, policy, 1).heartbeat.held).toEqual({ num: 3, epoch: 7, worker: 2 });
  expect(applyAnswer(state, granted(2), 1, policy).outcome).toBe("renewed");
});

it("takes another place under one epoch for a collision, and a place that is none for an error", () => {
  const { state } = applyAnswer(NO_LEASE, granted(2), 0, policy);
  expect(applyAnswer(state, granted(1), 1, policy).outcome).toBe("collision");
  expect(applyAnswer(state, granted(), 1, policy).outcome).toBe("collision");
  for (const worker of [-1, 0.5, "0" as unknown as number]) {
    expect(applyAnswer(NO_LEASE, granted(worker), 0, policy).outcome).toBe("error");
  }
});

it("asks at once when its allocator has another answer, until it stops", async () => {
  let listener: (() => void) | undefined;
  let beats = 0;
  const { clock, task } = startTask({
    name: "watching",
    scope: "fleet",
    async notifyTaskIsAlive() {
      beats += 1;
      return granted();
    },
    release: async () => true,
    onChange(given) {
      listener = given;
      return () => {
        listener = undefined;
      };
    },
  });
  await clock.advance(0);
  expect(beats).toBe(1);
  listener!();
  await clock.advance(0);
  expect(beats).toBe(2);
  await task.stopHeartbeats();
  expect(listener).toBeUndefined();
});

it("recalls what it lent before it hands the number back, and lets it rest for who keeps it", async () => {
  const inner = memoryAllocator();
  const releases: Release[] = [];
  const happened: string[] = [];
  const { clock, task } = startTask({
    ...inner,
    name: "noting",
    scope: "fleet",
    async release(...args) {
      happened.push("released");
      releases.push(args[2]);
      return inner.release(...args);
    },
  });
  await clock.advance(0);
  let remainingMs = 40_000;
  const loan: Loan = {
    get remainingMs() {
      return remainingMs;
    },
    async recall() {
      happened.push("recalled");
      remainingMs = 25_000;
    },
  };
  const end = task.lend(loan);
  expect(task.lentMs).toBe(40_000);
  await task.release();
  expect(happened).toEqual(["recalled", "released"]);
  expect(releases[0]!.quarantineMs).toBe(25_000);
  end();
  expect(task.lentMs).toBe(0);
});

it("waits for a recall that hangs no longer than for a heartbeat", async () => {
  const { clock, task } = startTask(memoryAllocator());
  await clock.advance(0);
  task.lend({ remainingMs: 40_000, recall: () => new Promise(() => undefined) });
  let isReleased = false;
  const released = task.release().then(() => {
    isReleased = true;
  });
  await clock.advance(policy.requestTimeoutMs - 1);
  expect(isReleased).toBe(false);
  await clock.advance(1);
  await released;
});
