import type { TargetMemory } from "./target-memory.ts";

/** One task number in a store. */
export interface Slot {
  readonly num: number;
  /** The owner, or the last owner of an expired hold; null after a release. */
  readonly instance: string | null;
  /** The number's latest epoch; 0 when none is known. */
  readonly epoch: number;
  /** The latest heartbeat of `instance`. */
  readonly seq: number;
  /**
   * When the hold (with an instance) or the rest (without) ends, by the store's clock; null once the number
   * is free.
   */
  readonly until: number | null;
  /**
   * The address of the instance's status page, from its latest heartbeat; null or absent when there is
   * none.
   */
  readonly adminUrl?: string | null;
}

/** An instance that waits for housekeeping to assign a number. */
export interface Claim {
  readonly instance: string;
  /** Its latest heartbeat. */
  readonly seq: number;
  /** How long that heartbeat counts, by the store's clock. */
  readonly until: number;
  readonly maxTasks: number;
}

/** The claims of one target, in the order in which their instances came. */
export interface Claims {
  count(): number;
  at(index: number): Claim | undefined;
  ofInstance(instance: string): Claim | undefined;
  /** Writes a claim; a new instance's comes last. */
  put(claim: Claim): void;
  delete(instance: string): void;
}

/**
 * The slots of one target, without rules: numbers 0 to `size() - 1`, each once. A store implements it,
 * within a transaction if others can write too.
 */
export interface Slots {
  /** How many numbers there are. */
  size(): number;
  at(num: number): Slot | undefined;
  ofInstance(instance: string): Slot | undefined;
  /** The lowest number whose `until` is null. */
  lowestAvailable(): Slot | undefined;
  /** Writes a slot: an existing one, or number `size()`. */
  put(slot: Slot): void;
  /** Adds the missing numbers below `num`, without owner and epoch, resting until the given time. */
  fill(num: number, until: number): void;
  /**
   * Sets `until` to null where its time has come. The instance stays: it is renewed if it comes back first.
   * @returns how many there were
   */
  expire(now: number): number;
  /** Limits every hold and rest to the given time. */
  cap(until: number): void;
  /** The numbers whose `until` is not null, the lowest first. */
  taken(): Slot[];
  /** The target's memory; undefined when the target is new. */
  memory(): TargetMemory | undefined;
  remember(memory: TargetMemory): void;
  readonly claims: Claims;
  /** An epoch larger than all before it, and not smaller than `atLeast`. */
  nextEpoch(atLeast: number): number;
}

/** The times of one call. */
export interface Times {
  /** On the store's clock, in milliseconds. */
  readonly now: number;
  /** Milliseconds since the Unix epoch: epochs start here, so that those of a new store are larger. */
  readonly wallTime: number;
}
