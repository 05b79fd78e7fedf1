import { systemClock, type Clock } from "../../shared/clock.ts";
import { methodsOption, optionsObject } from "../../shared/options.ts";
import type { TaskNumAllocator } from "../allocator.ts";
import { targetKey, type Target } from "../target.ts";
import { notify, release, type Times } from "./ledger.ts";
import { MemorySlots } from "./memory/memory-slots.ts";

/** Options of {@link memoryAllocator}. */
export interface MemoryAllocatorOptions {
  /** What holds are counted by. @default the machine's clock */
  readonly clock?: Clock;
}

/**
 * Numbers for the leases within this process, kept in its memory: for tests, and for programs of
 * which one process runs. Every other process, and every other memory allocator, begins at 0 again.
 */
export function memoryAllocator(options?: MemoryAllocatorOptions): TaskNumAllocator {
  const given = optionsObject("memoryAllocator", options, ["clock"]);
  const clock =
    given.clock === undefined
      ? systemClock()
      : methodsOption("memoryAllocator.clock", given.clock, ["now", "wallTime", "after"]);
  const targets = new Map<string, MemorySlots>();

  const slotsOf = (target: Target): MemorySlots => {
    const key = targetKey(target, "process");
    const known = targets.get(key);
    if (known !== undefined) return known;
    const slots = new MemorySlots();
    targets.set(key, slots);
    return slots;
  };
  const times = (): Times => ({ now: clock.now(), wallTime: clock.wallTime() });

  return {
    name: "memory",
    scope: "process",
    async notifyTaskIsAlive(target, instanceId, heartbeat, { signal }) {
      signal.throwIfAborted();
      return notify(slotsOf(target), times(), instanceId, heartbeat);
    },
    async release(target, instanceId, grant, { signal }) {
      signal.throwIfAborted();
      return release(slotsOf(target), times(), instanceId, grant);
    },
    async housekeep(target, { signal }) {
      signal.throwIfAborted();
      slotsOf(target).expire(clock.now());
    },
  };
}
