import { describe, expect, it } from "vitest";
import type { Heartbeat, HeartbeatAnswer, TaskNumAllocator } from "../../src/task/allocator.ts";
import { memoryAllocator } from "../../src/task/allocators/memory.ts";
import {
  allocatorLawNames,
  allocatorLaws,
  manualClock,
  type AllocatorLawsOptions,
} from "../../src/testing/index.ts";

/** The names of the laws that an allocator breaks. */
async function brokenLaws(options: AllocatorLawsOptions): Promise<string[]> {
  const tests: { name: string; run: () => Promise<void> }[] = [];
  allocatorLaws((name, run) => tests.push({ name, run }), options);
  const broken: string[] = [];
  for (const { name, run } of tests) await run().catch(() => broken.push(name));
  return broken;
}

type Notify = TaskNumAllocator["notifyTaskIsAlive"];

/** The laws that a memory allocator breaks whose heartbeats go through `change`. */
function brokenWith(change: (notify: Notify) => Notify): Promise<string[]> {
  const clock = manualClock();
  const make = (): TaskNumAllocator => {
    const right = memoryAllocator({ clock });
    return { ...right, notifyTaskIsAlive: change(right.notifyTaskIsAlive.bind(right)) };
  };
  return brokenLaws({
    create() {
      const allocator = make();
      return { allocator, forget: () => void Object.assign(allocator, make()) };
    },
    advance: (ms) => clock.advance(ms),
  });
}

const changed =
  (change: (heartbeat: Heartbeat) => Partial<Heartbeat>) =>
  (notify: Notify): Notify =>
  (target, instance, heartbeat, options) =>
    notify(target, instance, { ...heartbeat, ...change(heartbeat) }, options);

const answered =
  (change: (answer: HeartbeatAnswer) => HeartbeatAnswer) =>
  (notify: Notify): Notify =>
  async (...call) =>
    change(await notify(...call));

describe("allocatorLaws", () => {
  it("names each law once, and finds none broken by a right allocator", async () => {
    expect(new Set(allocatorLawNames).size).toBe(allocatorLawNames.length);
    expect(await brokenWith((notify) => notify)).toEqual([]);
  });

  it.each([
    ["forgets epochs", answered((a) => (a.kind === "granted" ? { ...a, epoch: 1 } : a)), "epoch"],
    ["counts from 1", answered((a) => (a.kind === "granted" ? { ...a, num: a.num + 1 } : a)), "0"],
    ["never expires", changed(() => ({ holdMs: 1e9 })), "hold has run out"],
    [
      "expires too early",
      changed(({ holdMs }) => ({ holdMs: holdMs / 3 })),
      "counts the hold anew",
    ],
    ["ignores the limit", changed(() => ({ maxTasks: 1e6 })), "maxTasks"],
    ["ignores what is held", changed(() => ({ held: undefined as never })), "lost"],
    [
      "does not wait for longer holds than it is asked for",
      changed(() => ({ longestHoldMs: undefined as never })),
      "longest hold",
    ],
    [
      "tells of no longer holds",
      answered((a) =>
        a.kind === "granted"
          ? { kind: "granted", num: a.num, epoch: a.epoch, leaseMs: a.leaseMs }
          : a,
      ),
      "longer hold",
    ],
    [
      "promises more than was asked",
      answered((a) => (a.kind === "granted" ? { ...a, leaseMs: 1e9 } : a)),
      "0",
    ],
    [
      "takes a loss for a full house",
      answered((a) => (a.kind === "lost" ? { kind: "full" } : a)),
      "lost",
    ],
    [
      "obeys no signal",
      (notify: Notify): Notify =>
        (t, i, h) =>
          notify(t, i, h, { signal: new AbortController().signal }),
      "signal",
    ],
    [
      "keeps no status pages",
      changed(() => ({ adminUrl: undefined as never })),
      "lists where the owner of a number has its status page",
    ],
    [
      "mixes targets",
      (notify: Notify): Notify =>
        (_, i, h, o) =>
          notify({ serviceName: "s", jobName: "j", hostName: "h" }, i, h, o),
      "apart",
    ],
    [
      "forgets who asks",
      (notify: Notify): Notify => {
        let n = 0;
        return (t, i, h, o) => notify(t, `${i}${n++}`, h, o);
      },
      "keeps an owner's number",
    ],
  ] as const)("finds an allocator that %s", async (_, change, law) => {
    expect((await brokenWith(change)).join("\n")).toContain(law);
  });

  it("finds sequences that are never refused", async () => {
    let seq = 0;
    const broken = await brokenWith(changed(() => ({ seq: ++seq })));
    expect(broken.join("\n")).toContain("collision");
  });

  it("finds releases that undo what came after them", async () => {
    const clock = manualClock();
    const broken = await brokenLaws({
      create() {
        const right = memoryAllocator({ clock });
        const release: TaskNumAllocator["release"] = (target, id, { seq: _, ...said }, options) =>
          right.release(target, id, said, options);
        return { allocator: { ...right, release } };
      },
      advance: (ms) => clock.advance(ms),
    });
    expect(broken.join("\n")).toContain("after a later heartbeat of its owner");
  });

  it("finds a list that shows the status page of a former owner, and one that is missing", async () => {
    const clock = manualClock();
    const brokenIf = (
      change: (allocator: TaskNumAllocator, pages: Map<number, string>) => TaskNumAllocator,
    ): Promise<string[]> =>
      brokenLaws({
        create: () => ({ allocator: change(memoryAllocator({ clock }), new Map()) }),
        advance: (ms) => clock.advance(ms),
      });
    const kept = await brokenIf((right, pages) => ({
      ...right,
      async list(target, options) {
        const all = await right.list!(target, options);
        return all.map((listing) => {
          if (listing.adminUrl !== undefined) pages.set(listing.num, listing.adminUrl);
          const adminUrl = pages.get(listing.num);
          return { ...listing, ...(adminUrl !== undefined && { adminUrl }) };
        });
      },
    }));
    expect(kept.join("\n")).toContain("lists no status page of a former owner");
    const { list: _, ...without } = memoryAllocator({ clock });
    expect((await brokenIf(() => without)).filter((law) => law.startsWith("lists"))).toHaveLength(
      3,
    );
  });

  it("finds a store that serves newcomers while owners come back", async () => {
    const broken = await brokenWith((notify) => {
      const others = { serviceName: "other", jobName: "other", hostName: "other" };
      return async (target, instance, heartbeat, options) => {
        const answer = await notify(target, instance, heartbeat, options);
        // A number of another target stands for any number that is not its own.
        return answer.kind === "no_number" ? notify(others, instance, heartbeat, options) : answer;
      };
    });
    expect(broken.join("\n")).toContain("gives numbers to owners only");
  });

  it("says that a law needs forget() where create() gives none", async () => {
    const clock = manualClock();
    const broken = await brokenLaws({
      create: () => ({ allocator: memoryAllocator({ clock }) }),
      advance: (ms) => clock.advance(ms),
    });
    expect(broken).toHaveLength(7);
  });

  it("shows a skipped law with its reason, and refuses to skip one that there is not", () => {
    const names: string[] = [];
    const law = allocatorLawNames[0]!;
    const create = () => ({ allocator: memoryAllocator() });
    allocatorLaws((name) => names.push(name), { create, skip: [{ law, reason: "not here" }] });
    expect(names[0]).toBe(`${law} (skipped: not here)`);
    expect(names).toHaveLength(allocatorLawNames.length);
    expect(() =>
      allocatorLaws(() => {}, { create, skip: [{ law: "no such law", reason: "" }] }),
    ).toThrow('There is no law "no such law" to skip');
  });

  it("disposes of each subject, also after a failure", async () => {
    let open = 0;
    const allocator: TaskNumAllocator = {
      name: "broken",
      scope: "fleet",
      notifyTaskIsAlive: () => Promise.reject(new Error("down")),
      release: () => Promise.reject(new Error("down")),
    };
    const broken = await brokenLaws({
      create: () => (open++, { allocator, dispose: () => void open-- }),
      advance: () => {},
    });
    expect(open).toBe(0);
    expect(broken.length).toBeGreaterThan(allocatorLawNames.length / 2);
  });
});
