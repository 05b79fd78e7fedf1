/** The longest hold of live processes, as seen in two spans of time. */
export interface LongestHold {
  /** The longest hold requested in the current span, in milliseconds. */
  readonly ms: number;
  /** The same for the span before. */
  readonly formerMs: number;
  /**
   * When the current span ends, by the store's clock. A span is as long as the longest hold of the span
   * before.
   */
  readonly until: number;
}

/** What a store remembers of a target beside its numbers. */
export interface TargetMemory {
  /**
   * The store knows every grant from this epoch on. A claimed grant that is older and unknown was lost, and
   * others with it.
   */
  readonly sureFrom: number;
  /** Until this time, by the store's clock, only processes that hold a number get it. */
  readonly settlesUntil: number;
  readonly longest: LongestHold;
}

/** The memory of a target that is new to the store. */
export function newMemory(wallTime: number): TargetMemory {
  const longest = { ms: 0, formerMs: 0, until: 0 };
  return { sureFrom: Math.floor(wallTime), settlesUntil: 0, longest };
}

/** A hold that is at least as long as that of every known live process. */
export function longestHoldMs({ longest }: TargetMemory): number {
  return Math.max(longest.ms, longest.formerMs);
}

/**
 * Whether the clock was set back: no span can be this long. Holds counted by that clock are then too long
 * as well.
 */
export function wasSetBack(memory: TargetMemory, now: number): boolean {
  return memory.longest.until > now + longestHoldMs(memory);
}

/**
 * Notes a requested hold. A live process asks once per hold, so at least once in every two spans; a process
 * that asked in neither of the last two is gone.
 * @returns the same memory if nothing changes, as at most heartbeats
 */
export function noteHold(memory: TargetMemory, now: number, holdMs: number): TargetMemory {
  const { longest } = memory;
  const isBack = wasSetBack(memory, now);
  if (now < longest.until && !isBack) {
    return holdMs <= longest.ms ? memory : { ...memory, longest: { ...longest, ms: holdMs } };
  }
  const formerMs = isBack ? longestHoldMs(memory) : longest.ms;
  const until = now + Math.max(formerMs, holdMs);
  return { ...memory, longest: { ms: holdMs, formerMs, until } };
}
