import { systemClock, type Clock } from "../../shared/clock.ts";
import { choiceOption, methodsOption, optionsObject } from "../../shared/options.ts";
import { createReporter } from "../../shared/report.ts";
import type { Assignment, TaskNumAllocator } from "../allocator.ts";
import { targetKey, type Target } from "../target.ts";
import { housekeep, notify, release } from "./ledger.ts";
import { DEFAULT_LIMIT, listingOf, sumOf } from "./listing.ts";
import { MemorySlots } from "./memory/memory-slots.ts";
import type { Times } from "./slots.ts";

/** Options of {@link memoryAllocator}. */
export interface MemoryAllocatorOptions {
  /** The clock that counts holds. @default the machine's clock */
  readonly clock?: Clock;
  /** When numbers are assigned. @default "in-band" */
  readonly assign?: Assignment;
}

/**
 * Keeps the numbers in the memory of this process: for tests, and for programs that run as one process.
 * Every other process, thread and memory allocator starts at 0 again. In a worker thread it logs one `diag`
 * warning about that.
 */
export function memoryAllocator(options?: MemoryAllocatorOptions): TaskNumAllocator {
  const given = optionsObject("memoryAllocator", options, ["clock", "assign"]);
  const clock =
    given.clock === undefined
      ? systemClock()
      : methodsOption("memoryAllocator.clock", given.clock, ["now", "wallTime", "after"]);
  const assign = choiceOption("memoryAllocator.assign", given.assign, ["in-band", "housekeeping"]);
  const targets = new Map<string, MemorySlots>();
  const report = createReporter("task");

  const slotsOf = (target: Target): MemorySlots => {
    const key = targetKey(target, SCOPE);
    const known = targets.get(key);
    if (known !== undefined) return known;
    const slots = new MemorySlots();
    targets.set(key, slots);
    return slots;
  };
  const entries = (target: Target | undefined): Iterable<[string, MemorySlots]> =>
    target === undefined ? targets : [[targetKey(target, SCOPE), slotsOf(target)]];
  const times = (): Times => ({ now: clock.now(), wallTime: clock.wallTime() });

  return {
    name: "memory",
    scope: SCOPE,
    async notifyTaskIsAlive(target, instanceId, heartbeat, { signal }) {
      signal.throwIfAborted();
      if (!process.getBuiltinModule("node:worker_threads").isMainThread)
        report.warnOnce("thread", IN_A_THREAD);
      return notify(slotsOf(target), times(), instanceId, heartbeat, assign);
    },
    async release(target, instanceId, grant, { signal }) {
      signal.throwIfAborted();
      return release(slotsOf(target), times(), instanceId, grant);
    },
    async housekeep(target, { signal, limit = DEFAULT_LIMIT }) {
      signal.throwIfAborted();
      const reports = Array.from(entries(target), ([, slots]) => housekeep(slots, times(), limit));
      return sumOf(reports);
    },
    async list(target, { signal }) {
      signal.throwIfAborted();
      const { now, wallTime } = times();
      return Array.from(entries(target)).flatMap(([key, slots]) =>
        slots
          .taken()
          .map((slot) => listingOf({ ...slot, target: key, until: wallTime + slot.until! - now })),
      );
    },
  };
}

const SCOPE = "process";

const IN_A_THREAD =
  "memoryAllocator() counts within one thread. Another thread with its own memoryAllocator() gets " +
  "the same number and exports the same streams; use sqliteAllocator(), or parentLease() of " +
  "taskmon/cluster, in threads";
