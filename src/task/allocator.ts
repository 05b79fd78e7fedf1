import type { Scope, Target } from "./target.ts";

/** A number granted to one process, and the grant's epoch. */
export interface Grant {
  /** The task number: 0 upward, dense. */
  readonly num: number;
  /** Larger at each new grant of a number; unchanged while a grant is renewed. */
  readonly epoch: number;
  /** The index of this process among those that share the number; absent when the number is not shared. */
  readonly worker?: number;
}

/** What a process reports at each heartbeat. */
export interface Heartbeat {
  /**
   * Larger at each heartbeat of an instance. An allocator refuses a value that is not larger than the last:
   * the heartbeat is a duplicate, or two processes use one instance id.
   */
  readonly seq: number;
  /** The grant that the process still holds; absent when it holds none or its lease has ended. */
  readonly held?: Grant;
  /** How long the allocator keeps the number for this process, by the allocator's clock. */
  readonly holdMs: number;
  /** How long the process may rely on the number, counted from before it sent this heartbeat. */
  readonly leaseMs: number;
  /**
   * The longest hold among the target's processes, as the allocator last reported it; absent when that is
   * this process's own. After an answer with a shorter one, the process keeps the longer value for twice
   * its length. A store that lost its data learns it only this way.
   */
  readonly longestHoldMs?: number;
  /** Numbers are below this limit. */
  readonly maxTasks: number;
  /**
   * The address of the process's status page; a store that can keeps it for `list`. Absent when there is
   * none.
   */
  readonly adminUrl?: string;
}

/** The allocator's answer to a heartbeat. */
export type HeartbeatAnswer =
  /**
   * The process has the number: a new grant or a renewal. `leaseMs` may be shorter than requested.
   * `longestHoldMs` is the longest hold among the target's processes, when it is longer than the process's
   * own.
   */
  | ({
      readonly kind: "granted";
      readonly leaseMs: number;
      readonly longestHoldMs?: number;
    } & Grant)
  /**
   * There is no number yet. The claim is registered, and a later heartbeat gets a number: after
   * housekeeping, or once a store that lost its data knows its owners again.
   */
  | { readonly kind: "no_number" }
  /** The process no longer holds the number that it claims; it asks again without `held`. */
  | { readonly kind: "lost" }
  /** Another process uses this instance id; this process continues under a new id. */
  | { readonly kind: "collision" }
  /** All numbers below `maxTasks` are held. */
  | { readonly kind: "full" };

/** What a process sends when it hands its number back. */
export interface Release extends Grant {
  /**
   * Larger than the `seq` of every earlier heartbeat. An allocator ignores the release if it has received a
   * later heartbeat: the owner has started again. Absent when somebody else takes the number from its
   * owner.
   */
  readonly seq?: number;
  /** How long the number rests before another process can get it. */
  readonly quarantineMs: number;
}

/**
 * When numbers are assigned: `in-band` answers a heartbeat with a number at once; with `housekeeping` a
 * heartbeat only registers a claim, and `assignTaskNumbers` assigns the number.
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
  /** Numbers whose hold had expired. */
  readonly freed: number;
  /** Claims that got a number. */
  readonly assigned: number;
  /** Claims that are still waiting and that another round can serve. */
  readonly waiting: number;
}

/** A task number that is held or resting, for operators. */
export interface TaskListing {
  /** The target, as `targetKey` writes it. */
  readonly target: string;
  readonly num: number;
  /** Who has the number; absent while it rests. */
  readonly instance?: string;
  readonly epoch: number;
  /** When it was granted, in milliseconds since the Unix epoch; absent when unknown. */
  readonly heldSince?: number;
  /**
   * When the hold or the rest ends, in milliseconds since the Unix epoch. This time may have passed: the
   * owner keeps the number until another process gets it.
   */
  readonly until: number;
  /** The address of the owner's status page, if the owner announced one and the store keeps it. */
  readonly adminUrl?: string;
}

/**
 * The store of the mapping instance → task number. The contract, which `allocatorLaws` of `taskmon/testing`
 * checks:
 *
 * - A number has one owner, and an instance has at most one number.
 * - A grant gives the lowest number that has no owner and is not resting.
 * - A heartbeat of the owner extends its hold, even an expired one, until another process has the number.
 *   The hold counts from when the allocator handles the heartbeat, by the allocator's clock.
 * - A new grant of a number has a larger epoch than every earlier one.
 * - Targets do not see each other.
 * - A store that lost its data gives a process that reports a held number the same number again, under a
 *   new epoch, if nobody owns it. From the first such report, and for the longest hold that it knows, it
 *   gives numbers to nobody else.
 * - A release that arrives after a later heartbeat of the owner does nothing.
 *
 * A call that cannot be answered rejects. The caller treats every rejection as temporary: it keeps its
 * number until its own deadline, and tries again.
 */
export interface TaskNumAllocator {
  /** For messages: `sqlite`, `redis`. */
  readonly name: string;
  /**
   * Where the numbers are unique: on one host, or in the fleet. Decides whether the host is part of the
   * target.
   */
  readonly scope: Scope;
  /**
   * Settles when the store is ready or known to be unavailable, for an allocator that has to start
   * something first. The time limit of a heartbeat begins afterwards. Never rejects.
   */
  ready?(options: AllocatorCallOptions): Promise<void>;
  /** Reports that the process is alive, and asks for its number. */
  notifyTaskIsAlive(
    target: Target,
    instanceId: string,
    heartbeat: Heartbeat,
    options: AllocatorCallOptions,
  ): Promise<HeartbeatAnswer>;
  /**
   * Hands the number back if `instanceId` still owns that grant; otherwise does nothing.
   * @returns whether it was this grant's owner
   */
  release(
    target: Target,
    instanceId: string,
    release: Release,
    options: AllocatorCallOptions,
  ): Promise<boolean>;
  /**
   * Like `release`, but synchronous: for the exit of the process, where nothing can be awaited. It should
   * take a fraction of a second at most. Optional.
   */
  releaseSync?(target: Target, instanceId: string, release: Release): boolean;
  /**
   * Frees expired numbers ahead of time, and assigns numbers to registered claims; without a target, in all
   * targets. Optional.
   */
  housekeep?(target: Target | undefined, options: HousekeepingOptions): Promise<HousekeepingReport>;
  /**
   * Calls `listener` when the next heartbeat will probably get another answer than the last; the process
   * then asks at once. Optional.
   * @returns a function that ends it
   */
  onChange?(listener: () => void): () => void;
  /** Lists the numbers that are held or resting, of one target or of all. Optional. */
  list?(target: Target | undefined, options: AllocatorCallOptions): Promise<readonly TaskListing[]>;
  /**
   * Closes what the allocator itself opened, never a client that you passed in. The owner of the allocator
   * calls it. Later calls may reject.
   */
  close?(): Promise<void>;
}
