import type { Scope, Target } from "./target.ts";

/** A number granted to one process, and the grant's epoch. */
export interface Grant {
  /** The task number: 0 upward, dense. */
  readonly num: number;
  /** Larger at each new grant of a number; the same while one grant is renewed. */
  readonly epoch: number;
  /** Which of the processes it is that share the number; absent where the number is its own. */
  readonly worker?: number;
}

/** What a process says of itself at each heartbeat. */
export interface Heartbeat {
  /**
   * Larger at each heartbeat of an instance. An allocator refuses one that is not larger than the
   * last: it is a duplicate, or two processes use one instance id.
   */
  readonly seq: number;
  /** What the process surely holds; absent while it holds nothing, and once its lease has ended. */
  readonly held?: Grant;
  /** How long the allocator keeps the number for this process, counted by its own clock. */
  readonly holdMs: number;
  /** How long the process may rely on the number, counted from before it sent this heartbeat. */
  readonly leaseMs: number;
  /**
   * The longest hold of the target's processes, as the allocator told it; absent where that is this
   * process's own. It is kept for twice its length after an answer that tells less. A store that has lost
   * its memory cannot know it otherwise.
   */
  readonly longestHoldMs?: number;
  /** Numbers lie below this. */
  readonly maxTasks: number;
  /** Where the process has its status page; a store that can keeps it for `list`. Absent for none. */
  readonly adminUrl?: string;
}

/** The allocator's answer to a heartbeat. */
export type HeartbeatAnswer =
  /**
   * The number is the process's, newly or still. `leaseMs` may be shorter than was asked. `longestHoldMs`
   * is the longest hold of the target's processes, where that is longer than the process's own.
   */
  | ({
      readonly kind: "granted";
      readonly leaseMs: number;
      readonly longestHoldMs?: number;
    } & Grant)
  /**
   * There is none yet: the claim is registered, and a number comes with a later heartbeat (after
   * housekeeping, or when a store that has lost its memory knows its owners again).
   */
  | { readonly kind: "no_number" }
  /** The process holds what it believes to hold no longer; it asks again without `held`. */
  | { readonly kind: "lost" }
  /** Another process uses this instance id; this one goes on under a new one. */
  | { readonly kind: "collision" }
  /** All numbers below `maxTasks` are held. */
  | { readonly kind: "full" };

/** What a process says when it hands its number back. */
export interface Release extends Grant {
  /**
   * Larger than that of each heartbeat before it. An allocator does nothing where it has had a heartbeat
   * of the owner that is larger: the owner has taken the number up again since. Absent where somebody
   * else takes the number from its owner.
   */
  readonly seq?: number;
  /** For how long the number rests before another process may have it. */
  readonly quarantineMs: number;
}

/**
 * When numbers are given: `in-band` answers a heartbeat with a number at once; with `housekeeping` it
 * only registers a claim, to which `assignTaskNumbers` gives a number.
 */
export type Assignment = "in-band" | "housekeeping";

/** Options of every call to an allocator. */
export interface AllocatorCallOptions {
  /** Aborts when the caller no longer waits. An allocator should then stop, and may reject. */
  readonly signal: AbortSignal;
}

/** Options of a round of housekeeping. */
export interface HousekeepingOptions extends AllocatorCallOptions {
  /** The most numbers to assign in each target, in one transaction. @default 500 */
  readonly limit?: number;
}

/** What a round of housekeeping did. */
export interface HousekeepingReport {
  /** Numbers whose hold had run out. */
  readonly freed: number;
  /** Claims that were given a number. */
  readonly assigned: number;
  /** Claims that another round could serve. */
  readonly waiting: number;
}

/** A task number that is held or rests, for operators. */
export interface TaskListing {
  /** The target, as `targetKey` writes it. */
  readonly target: string;
  readonly num: number;
  /** Who has the number; absent while it rests. */
  readonly instance?: string;
  readonly epoch: number;
  /** When it was granted, in milliseconds since the Unix epoch; absent where that is not known. */
  readonly heldSince?: number;
  /**
   * Until when it is held, or rests, in milliseconds since the Unix epoch. May have passed: its owner
   * keeps it until another process is granted it.
   */
  readonly until: number;
  /** Where its owner's status page is, where the owner says so and the store keeps it. */
  readonly adminUrl?: string;
}

/**
 * The store of the mapping instance → task number. The contract, which `allocatorLaws` of
 * `taskmon/testing` checks:
 *
 * - One number has one owner, one instance at most one number.
 * - A grant is of the lowest number that nobody owns and that does not rest.
 * - Heartbeats of an owner extend its hold, also after it ran out, until another process has the
 *   number. The hold is counted by the allocator's own clock from when it handles the heartbeat.
 * - A new grant of a number has a larger epoch than every earlier one.
 * - Targets do not see each other.
 * - A store that has lost its memory gives a process that says what it held the same number under a
 *   new epoch, if nobody owns it. From the first that does, and for the longest hold that it knows of,
 *   it gives numbers to nobody else.
 * - A release that comes after a later heartbeat of the owner does nothing.
 *
 * A call that cannot be answered rejects; the caller takes every rejection for a passing fault, keeps
 * what it holds until its own deadline, and tries again.
 */
export interface TaskNumAllocator {
  /** For messages: `sqlite`, `redis`. */
  readonly name: string;
  /** How far the numbers are unique; decides whether the host is part of the target. */
  readonly scope: Scope;
  /**
   * Settles once the store can be asked, or it is known that it cannot, where that takes a start of its
   * own: a heartbeat's time limit begins then. Never rejects.
   */
  ready?(options: AllocatorCallOptions): Promise<void>;
  /** Says that the process is alive, and asks for its number. */
  notifyTaskIsAlive(
    target: Target,
    instanceId: string,
    heartbeat: Heartbeat,
    options: AllocatorCallOptions,
  ): Promise<HeartbeatAnswer>;
  /**
   * Hands the number back, if `instanceId` still owns that grant; else does nothing.
   * @returns whether it was this grant's owner
   */
  release(
    target: Target,
    instanceId: string,
    release: Release,
    options: AllocatorCallOptions,
  ): Promise<boolean>;
  /**
   * Like `release`, done when it returns: for the exit of the process, at which nothing can be awaited.
   * It should take a fraction of a second at most. An allocator may be unable to.
   */
  releaseSync?(target: Target, instanceId: string, release: Release): boolean;
  /**
   * Frees what has expired ahead of time, and gives numbers to registered claims; without a target, of
   * all. An allocator may have no need of it.
   */
  housekeep?(target: Target | undefined, options: HousekeepingOptions): Promise<HousekeepingReport>;
  /**
   * Calls `listener` when the next heartbeat is likely to be answered otherwise than the last: the process
   * then asks at once. An allocator that has no way to know has no such method.
   * @returns a function that ends it
   */
  onChange?(listener: () => void): () => void;
  /** The numbers of the target, or of all, that are held or rest. An allocator may be unable to say. */
  list?(target: Target | undefined, options: AllocatorCallOptions): Promise<readonly TaskListing[]>;
  /**
   * Frees what the allocator itself opened, never a client that was passed in; the owner's to call.
   * Later calls may reject.
   */
  close?(): Promise<void>;
}
