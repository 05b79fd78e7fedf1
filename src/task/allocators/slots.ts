import type { TargetMemory } from "./target-memory.ts";

/** One task number in a store. */
export interface Slot {
  readonly num: number;
  /** Who has the number, or had it last before its hold ran out; null after a release. */
  readonly instance: string | null;
  /** The number's latest epoch; 0 where none is known. */
  readonly epoch: number;
  /** The latest heartbeat of `instance`. */
  readonly seq: number;
  /**
   * Until when the number is held (with an instance) or rests (without), on the store's clock; null
   * once it may be given away.
   */
  readonly until: number | null;
  /** Where `instance` has its status page, as its latest heartbeat says; null or absent for nowhere. */
  readonly adminUrl?: string | null;
}

/** An instance that waits for housekeeping to give it a number. */
export interface Claim {
  readonly instance: string;
  /** Its latest heartbeat. */
  readonly seq: number;
  /** Until when that heartbeat counts, on the store's clock. */
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
 * The slots of one target, without rules: numbers 0 to `size() - 1`, each once. A store implements
 * it, in a transaction where others write too.
 */
export interface Slots {
  /** How many numbers there are. */
  size(): number;
  at(num: number): Slot | undefined;
  ofInstance(instance: string): Slot | undefined;
  /** The lowest number whose `until` is null. */
  lowestAvailable(): Slot | undefined;
  /** Writes a slot: one that is there, or number `size()`. */
  put(slot: Slot): void;
  /** Adds the missing numbers below `num`, without owner and epoch, resting until then. */
  fill(num: number, until: number): void;
  /**
   * Makes `until` null where it has come. The instance stays: it is renewed if it comes back first.
   * @returns how many there were
   */
  expire(now: number): number;
  /** Lets no number be held or rest for longer than until then. */
  cap(until: number): void;
  /** The numbers whose `until` is not null, the lowest first. */
  taken(): Slot[];
  /** What the store remembers of the target beside its numbers; undefined where it is new. */
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
  /** Milliseconds since the Unix epoch: where epochs start, so that a new store's are larger. */
  readonly wallTime: number;
}
