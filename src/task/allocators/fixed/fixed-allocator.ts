import type {
  AllocatorCallOptions,
  Grant,
  Heartbeat,
  HeartbeatAnswer,
  Release,
  TaskNumAllocator,
} from "../../allocator.ts";
import { type Scope, type Target, targetKey } from "../../target.ts";

interface OwnGrant extends Grant {
  seq: number;
}

/**
 * An allocator with a number that was chosen elsewhere. It grants this number to every instance that asks;
 * nothing checks that no other process has it. An epoch is the time of the grant.
 */
export class FixedAllocator implements TaskNumAllocator {
  readonly name: string;
  readonly scope: Scope;
  readonly #num: number;
  readonly #wallTime: () => number;
  /** By target and instance. */
  readonly #grants = new Map<string, OwnGrant>();
  #lastEpoch = 0;

  constructor(name: string, scope: Scope, num: number, wallTime: () => number = Date.now) {
    this.name = name;
    this.scope = scope;
    this.#num = num;
    this.#wallTime = wallTime;
  }

  async notifyTaskIsAlive(
    target: Target,
    instanceId: string,
    { seq, held, leaseMs, maxTasks }: Heartbeat,
    { signal }: AllocatorCallOptions,
  ): Promise<HeartbeatAnswer> {
    signal.throwIfAborted();
    if (this.#num >= maxTasks) return { kind: "full" };
    const key = this.#key(target, instanceId);
    const own = this.#grants.get(key);
    if (own !== undefined && !(seq > own.seq)) return { kind: "collision" };
    if (held !== undefined && (held.num !== own?.num || held.epoch !== own.epoch)) {
      return { kind: "lost" };
    }
    const { num, epoch } = own ?? { num: this.#num, epoch: this.#nextEpoch() };
    this.#grants.set(key, { num, epoch, seq });
    return { kind: "granted", num, epoch, leaseMs };
  }

  async release(
    target: Target,
    instanceId: string,
    { num, epoch }: Release,
    { signal }: AllocatorCallOptions,
  ): Promise<boolean> {
    signal.throwIfAborted();
    const key = this.#key(target, instanceId);
    const own = this.#grants.get(key);
    return own?.num === num && own.epoch === epoch && this.#grants.delete(key);
  }

  #key(target: Target, instanceId: string): string {
    return `${targetKey(target, this.scope)} ${instanceId}`;
  }

  #nextEpoch(): number {
    this.#lastEpoch = Math.max(this.#lastEpoch + 1, Math.floor(this.#wallTime()));
    return this.#lastEpoch;
  }
}
