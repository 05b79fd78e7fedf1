import { MessageChannel, type MessagePort } from "node:worker_threads";
import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { type LeaseShare, parentLease, shareLease } from "../../../src/cluster/index.ts";
import type { Heartbeat, TaskNumAllocator } from "../../../src/task/allocator.ts";
import { memoryAllocator } from "../../../src/task/allocators/memory.ts";
import { leasePolicy } from "../../../src/task/policy.ts";
import { Task } from "../../../src/task/task.ts";
import { type ManualClock, manualClock } from "../../../src/testing/index.ts";
import { diagLines, lender, TARGET, until } from "../harness.ts";

const policy = leasePolicy({ leaseMs: 60_000 });
const HEARTBEAT: Heartbeat = { seq: 1, holdMs: 90_000, leaseMs: 60_000, maxTasks: 1_000 };
const signal = new AbortController().signal;

let clock: ManualClock;
let ports: MessagePort[];

beforeEach(() => {
  clock = manualClock();
  ports = [];
});

afterEach(() => {
  for (const port of ports) port.close();
});

/** A parent whose store is `store`, and its share. */
function startParent(store: TaskNumAllocator = memoryAllocator({ clock })) {
  const task = new Task({ allocator: store, target: TARGET, instanceId: "parent", policy, clock });
  task.start();
  const share = shareLease(task, { followAll: false, clock });
  onTestFinished(async () => {
    await stop(share);
    await task.stopHeartbeats();
  });
  return { task, share };
}

function connect(share: LeaseShare): { allocator: TaskNumAllocator; port: MessagePort } {
  const { port1, port2 } = new MessageChannel();
  ports.push(port1, port2);
  share.add(port1);
  return { allocator: parentLease({ port: port2 }), port: port2 };
}

function startWorker(share: LeaseShare, instanceId: string): Task {
  const { allocator } = connect(share);
  const task = new Task({ allocator, target: TARGET, instanceId, policy, clock });
  task.start();
  onTestFinished(() => task.stopHeartbeats());
  return task;
}

/** Lets the time pass that a share waits for workers that do not answer. */
async function stop(share: LeaseShare): Promise<void> {
  const stopped = share.stop();
  await turn();
  await clock.advance(1_000);
  await stopped;
}

const hasNumber = (task: Task) => () => task.number !== undefined;

describe("a worker with its parent's lease", () => {
  it("exports under the parent's number, in a place and with an instance id of its own", async () => {
    const { task: parent, share } = startParent();
    await until(hasNumber(parent), "the parent's number");
    const first = startWorker(share, "a");
    await until(hasNumber(first), "a number");
    const second = startWorker(share, "b");
    await until(hasNumber(second), "a number");

    expect([parent, first, second].map(({ number, worker }) => [number, worker])).toEqual([
      [0, undefined],
      [0, 0],
      [0, 1],
    ]);
    expect(share.workers).toBe(2);
    expect(first.streamAttributes()).toMatchObject({
      "taskmon.task.number": 0,
      "taskmon.task.worker": 0,
    });
    const ids = [parent, first, second].map(
      (task) => task.streamAttributes()!["service.instance.id"],
    );
    expect(new Set(ids).size).toBe(3);
    expect(new Set([parent, first, second].map((task) => task.instanceLabel)).size).toBe(3);
    expect(first.scope).toBe(parent.scope);
  });

  it("has no number while the parent has none, and gets one as soon as the parent does", async () => {
    const { task: parent, share } = startParent(memoryAllocator({ clock, assign: "housekeeping" }));
    const worker = startWorker(share, "a");
    await until(() => worker.state === "unassigned" && parent.state === "unassigned", "answers");
    await clock.advance(1_000);
    expect(worker.number).toBeUndefined();

    const granting = startParent();
    await until(hasNumber(granting.task), "the parent's number");
    const early = startWorker(granting.share, "b");
    await until(hasNumber(early), "the number");
  });

  it("relies on the number for no longer than the parent may", async () => {
    const task = lender({ remainingMs: 5_000 });
    const share = shareLease(task, { followAll: false, clock });
    const worker = startWorker(share, "a");
    await until(hasNumber(worker), "the number");
    expect(worker.remainingMs).toBeGreaterThan(4_000);
    expect(worker.remainingMs).toBeLessThan(5_000);
    expect(share.workers).toBe(1);
    await stop(share);
  });

  it("stops at once when the parent loses its number, and asks at once when it has another", async () => {
    const task = lender({ number: 3, epoch: 7 });
    const share = shareLease(task, { followAll: false, clock });
    onTestFinished(() => stop(share));
    const worker = startWorker(share, "a");
    await until(hasNumber(worker), "the number");
    const { epoch, signal: lease } = worker;

    // Time stands still: no heartbeat comes due.
    task.number = undefined;
    task.emit("lost");
    await until(() => worker.number === undefined, "the loss");
    expect(lease.aborted).toBe(true);

    Object.assign(task, { number: 4, epoch: 8 });
    task.emit("granted");
    await until(hasNumber(worker), "the other number");
    expect([worker.number, worker.worker]).toEqual([4, 0]);
    expect(worker.epoch).toBeGreaterThan(epoch!);
  });

  it("gets a new epoch and keeps its place when the parent's number is granted anew", async () => {
    const task = lender({ number: 3, epoch: 7 });
    const share = shareLease(task, { followAll: false, clock });
    onTestFinished(() => stop(share));
    const [first, second] = [startWorker(share, "a"), startWorker(share, "b")];
    await until(() => first.number === 3 && second.number === 3, "both numbers");
    const places = [first.worker, second.worker];
    const epochs = [first.epoch!, second.epoch!];

    task.epoch = 9;
    task.emit("granted");
    // Both are told that the old grant is lost, and ask anew right after.
    await until(() => first.number === undefined && second.number === undefined, "the loss");
    await clock.advance(1);
    await until(() => first.epoch! > epochs[0]! && second.epoch! > epochs[1]!, "new epochs");
    expect([first.worker, second.worker]).toEqual(places);
  });

  it("keeps its number while the parent does not answer, until the lease runs out", async () => {
    const task = lender();
    const share = shareLease(task, { followAll: false, clock });
    const { allocator, port } = connect(share);
    const worker = new Task({ allocator, target: TARGET, instanceId: "a", policy, clock });
    worker.start();
    onTestFinished(() => worker.stopHeartbeats());
    await until(hasNumber(worker), "the number");
    port.close();
    await turn();
    await clock.advance(59_000);
    expect(worker.number).toBe(0);
    await clock.advance(1_000);
    expect(worker.state).toBe("expired");
    await stop(share);
  });

  it("frees its place when it hands the number back", async () => {
    const { task: parent, share } = startParent();
    await until(hasNumber(parent), "the parent's number");
    const worker = startWorker(share, "a");
    await until(hasNumber(worker), "the number");
    await worker.release();
    expect(share.workers).toBe(0);
    expect(parent.lentMs).toBe(0);
  });

  it("refuses another target, and says which", async () => {
    const task = lender();
    const share = shareLease(task, { followAll: false, clock });
    onTestFinished(() => stop(share));
    const { allocator } = connect(share);
    const other = { ...TARGET, serviceName: "billing" };
    await expect(
      allocator.notifyTaskIsAlive(other, "a", HEARTBEAT, { signal }),
    ).rejects.toMatchObject({
      code: "ERR_TASKMON_PARENT_REFUSED",
      message: expect.stringContaining("billing") as string,
    });
  });

  it("gets the number of its own target where the parent shares several", async () => {
    const shares = ["checkout", "billing"].map((serviceName, number) =>
      shareLease(lender({ target: { ...TARGET, serviceName }, number }), {
        followAll: false,
        clock,
      }),
    );
    onTestFinished(async () => void (await Promise.all(shares.map((share) => stop(share)))));
    const { port1, port2 } = new MessageChannel();
    ports.push(port1, port2);
    for (const share of shares) share.add(port1);
    const allocator = parentLease({ port: port2 });
    for (const [num, serviceName] of ["checkout", "billing"].entries()) {
      const target = { ...TARGET, serviceName };
      const answer = await allocator.notifyTaskIsAlive(target, "a", HEARTBEAT, { signal });
      expect(answer).toMatchObject({ kind: "granted", num, worker: 0 });
    }
  });

  it("is refused by a parent whose number is itself a shared one", async () => {
    const share = shareLease(lender({ worker: 2 }), { followAll: false, clock });
    onTestFinished(() => stop(share));
    const { allocator } = connect(share);
    await expect(
      allocator.notifyTaskIsAlive(TARGET, "a", HEARTBEAT, { signal }),
    ).rejects.toMatchObject({ code: "ERR_TASKMON_PARENT_REFUSED" });
  });
});

describe("handing the parent's number back", () => {
  it("waits until the workers have stopped, and then lets the number rest no longer than ever", async () => {
    const store = memoryAllocator({ clock });
    const { task: parent, share } = startParent(store);
    await until(hasNumber(parent), "the parent's number");
    const workers = [startWorker(share, "a"), startWorker(share, "b")];
    await until(() => workers.every((worker) => worker.number === 0), "the numbers");
    expect(parent.lentMs).toBeGreaterThan(50_000);

    await parent.release();
    expect(workers.map(({ number }) => number)).toEqual([undefined, undefined]);
    expect(parent.lentMs).toBe(0);
    const [resting] = (await store.list!(TARGET, { signal })).filter(({ num }) => num === 0);
    expect(resting!.until - clock.wallTime()).toBe(policy.quarantineMs);
  });

  it("lets the number rest for as long as a worker that does not answer may rely on it", async () => {
    const store = memoryAllocator({ clock });
    const { task: parent, share } = startParent(store);
    await until(hasNumber(parent), "the parent's number");
    // It asks, and is never heard of again.
    const { allocator } = connect(share);
    await allocator.notifyTaskIsAlive(TARGET, "hung", HEARTBEAT, { signal });

    const released = parent.release();
    await clock.advance(policy.requestTimeoutMs);
    await released;
    const [resting] = (await store.list!(TARGET, { signal })).filter(({ num }) => num === 0);
    expect(resting!.until - clock.wallTime()).toBeGreaterThan(50_000);
  });

  it("lends nothing more while it waits, and lends again what it is granted later", async () => {
    const { task: parent, share } = startParent();
    await until(hasNumber(parent), "the parent's number");
    const { allocator } = connect(share);
    const ask = (seq: number) =>
      allocator.notifyTaskIsAlive(TARGET, "hung", { ...HEARTBEAT, seq }, { signal });
    await ask(1);
    const released = parent.release();
    await turn();
    expect(await ask(2)).toEqual({ kind: "no_number" });
    await clock.advance(policy.requestTimeoutMs);
    await released;
    parent.start();
    await until(hasNumber(parent), "another number");
    expect(await ask(3)).toMatchObject({ kind: "granted", num: parent.number, worker: 0 });
  });

  it("tells the workers when the share is stopped, and lends the number to nobody any more", async () => {
    const { task: parent, share } = startParent();
    await until(hasNumber(parent), "the parent's number");
    const worker = startWorker(share, "a");
    await until(hasNumber(worker), "the number");
    await stop(share);
    await share.stop();
    expect(worker.number).toBeUndefined();
    expect(parent.number).toBe(0);
    expect(parent.lentMs).toBe(0);
  });
});

it("lets the number rest for a worker that did not answer when the share was stopped", async () => {
  const { task: parent, share } = startParent();
  await until(hasNumber(parent), "the parent's number");
  const { allocator } = connect(share);
  await allocator.notifyTaskIsAlive(TARGET, "hung", HEARTBEAT, { signal });
  await stop(share);
  expect(parent.lentMs).toBeGreaterThan(50_000);
  // At once, since there is nobody left to ask: time stands still.
  await parent.release();
  await clock.advance(60_000);
  expect(parent.lentMs).toBe(0);
});

describe("messages that are none", () => {
  it("are passed over by both sides, whatever they are", async () => {
    const lines = diagLines();
    const share = shareLease(lender(), { followAll: false, clock });
    const { port1, port2 } = new MessageChannel();
    ports.push(port1, port2);
    share.add(port1);
    const allocator = parentLease({ port: port2 });
    const followed = allocator.onChange!(() => undefined);
    const foreign = [undefined, null, 7, "taskmon", [], {}, { type: "ask" }, { taskmon: "scrape" }];
    for (const message of foreign) {
      port1.postMessage(message);
      port2.postMessage(message);
    }
    const answer = await allocator.notifyTaskIsAlive(TARGET, "a", HEARTBEAT, { signal });
    expect(answer).toMatchObject({ kind: "granted" });
    expect(lines).toEqual([]);

    for (const message of [
      { taskmon: "lease", v: 2, type: "ask" },
      { taskmon: "lease", v: 1, type: "ask", id: -1 },
      { taskmon: "lease", v: 1, type: "answer" },
    ]) {
      port1.postMessage(message);
      port2.postMessage(message);
    }
    await allocator.notifyTaskIsAlive(TARGET, "a", { ...HEARTBEAT, seq: 2 }, { signal });
    // Once on each side.
    expect(lines.filter((line) => line.includes("not understood"))).toHaveLength(2);
    followed();
    await stop(share);
  });

  it("make neither side throw, nor answer what cannot be", async () => {
    const share = shareLease(lender(), { followAll: false, clock });
    const { port1, port2 } = new MessageChannel();
    ports.push(port1, port2);
    share.add(port1);
    const allocator = parentLease({ port: port2 });
    const followed = allocator.onChange!(() => undefined);
    const odd = fc.record(
      {
        type: fc.constantFrom("ask", "answer", "ended", "changed"),
        id: fc.oneof(fc.nat({ max: 5 }), fc.anything()),
        method: fc.oneof(fc.constantFrom("notify", "release"), fc.anything()),
        target: fc.oneof(fc.constant(TARGET), fc.anything()),
        instance: fc.oneof(fc.string(), fc.anything()),
        heartbeat: fc.oneof(fc.constant(HEARTBEAT), fc.anything()),
        release: fc.anything(),
        seq: fc.anything(),
        answer: fc.anything(),
        scope: fc.oneof(fc.constantFrom("host", "fleet"), fc.anything()),
      },
      { requiredKeys: ["type"] },
    );
    let seq = 0;
    await fc.assert(
      fc.asyncProperty(odd, async (message) => {
        const sealed = { taskmon: "lease", v: 1, ...message };
        try {
          port1.postMessage(sealed);
          port2.postMessage(sealed);
        } catch {
          // Functions and symbols cannot be sent.
          return;
        }
        seq += 1;
        const heartbeat = { ...HEARTBEAT, seq };
        const answer = await allocator.notifyTaskIsAlive(TARGET, "me", heartbeat, { signal });
        expect(["granted", "no_number", "lost", "collision", "full"]).toContain(answer.kind);
      }),
      { numRuns: 300 },
    );
    followed();
    await stop(share);
  });
});

describe("a line that fails", () => {
  it("rejects what is asked, and says why", async () => {
    const { port1, port2 } = new MessageChannel();
    ports.push(port1, port2);
    const allocator = parentLease({ port: port2 });
    const followed = allocator.onChange!(() => undefined);
    const asked = allocator.notifyTaskIsAlive(TARGET, "a", HEARTBEAT, { signal });
    const refused = expect(asked).rejects.toMatchObject({ code: "ERR_TASKMON_CHANNEL" });
    port1.close();
    await refused;
    await expect(
      allocator.notifyTaskIsAlive(TARGET, "a", HEARTBEAT, { signal }),
    ).rejects.toMatchObject({ code: "ERR_TASKMON_CHANNEL" });
    followed();
  });

  it("rejects with the caller's reason when nobody answers in time", async () => {
    const { port1, port2 } = new MessageChannel();
    ports.push(port1, port2);
    const allocator = parentLease({ port: port2 });
    const controller = new AbortController();
    const asked = allocator.notifyTaskIsAlive(TARGET, "a", HEARTBEAT, controller);
    controller.abort(new Error("too late"));
    await expect(asked).rejects.toThrow("too late");
    expect(port2.listenerCount?.("message") ?? 0).toBe(0);
  });

  it("refuses what is no port, no child and no option", () => {
    expect(() => parentLease({ port: {} as MessagePort })).toThrow("parentLease.port");
    expect(() => parentLease({ file: "x" } as object)).toThrow("parentLease.file");
    const share = shareLease(lender(), { followAll: false });
    expect(() => share.add({} as MessagePort)).toThrow("a worker of node:cluster");
    expect(() => share.add(undefined as unknown as MessagePort)).toThrow(
      "a worker of node:cluster",
    );
    expect(() => shareLease({} as never)).toThrow("task");
    return stop(share);
  });
});
