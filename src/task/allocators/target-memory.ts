/** The longest hold among those who live, as two spans of time show it. */
export interface LongestHold {
  /** The longest that was asked for in the present span, in milliseconds. */
  readonly ms: number;
  /** The same of the span before. */
  readonly formerMs: number;
  /** When the present span ends, on the store's clock. It is as long as the longest hold of the one before. */
  readonly until: number;
}

/** What a store remembers of a target beside its numbers. */
export interface TargetMemory {
  /**
   * The store knows every grant whose epoch is not smaller. One that is claimed, is older and is not
   * here was forgotten, with others.
   */
  readonly sureFrom: number;
  /** Until when, on the store's clock, numbers go only to those who hold them. */
  readonly settlesUntil: number;
  readonly longest: LongestHold;
}

/** The memory of a target that is new to the store. */
export function newMemory(wallTime: number): TargetMemory {
  const longest = { ms: 0, formerMs: 0, until: 0 };
  return { sureFrom: Math.floor(wallTime), settlesUntil: 0, longest };
}

/** A hold that is not shorter than that of anybody who lives and has been heard of. */
export function longestHoldMs({ longest }: TargetMemory): number {
  return Math.max(longest.ms, longest.formerMs);
}

/**
 * Whether the clock was set back: no span was ever to last for so long from now on. What was counted
 * by it then lasts for too long, too.
 */
export function wasSetBack(memory: TargetMemory, now: number): boolean {
  return memory.longest.until > now + longestHoldMs(memory);
}

/**
 * Notes that somebody asks for a hold. Everybody who lives asks once in each hold, and so once in each
 * span or the next: whoever is in neither of the last two has gone.
 * @returns the same memory where nothing changes, as at most heartbeats
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
