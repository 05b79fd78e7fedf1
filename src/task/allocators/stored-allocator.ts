import type {
  AllocatorCallOptions,
  Heartbeat,
  HeartbeatAnswer,
  HousekeepingOptions,
  HousekeepingReport,
  Release,
  TaskListing,
  TaskNumAllocator,
} from "../allocator.ts";
import { type Scope, type Target, targetKey } from "../target.ts";
import { DEFAULT_LIMIT, sumOf } from "./listing.ts";

/**
 * A store that separates targets by their keys. Each operation on a target is atomic. Every call rejects
 * with a `TaskmonError` or with the signal's reason.
 */
export interface TargetStore {
  notify(
    targetKey: string,
    instance: string,
    heartbeat: Heartbeat,
    signal: AbortSignal,
  ): Promise<HeartbeatAnswer>;
  release(
    targetKey: string,
    instance: string,
    grant: Release,
    signal: AbortSignal,
  ): Promise<boolean>;
  housekeep(targetKey: string, limit: number, signal: AbortSignal): Promise<HousekeepingReport>;
  /** Lists the numbers that are held or resting, of one target or of all. */
  list(targetKey: string | undefined, signal: AbortSignal): Promise<readonly TaskListing[]>;
  /** The keys of all targets. */
  targetKeys(signal: AbortSignal): Promise<readonly string[]>;
}

/** An allocator's methods as calls to a store that a fleet shares. */
export class StoredAllocator implements TaskNumAllocator {
  readonly name: string;
  readonly scope: Scope = "fleet";
  readonly #store: TargetStore;

  constructor(name: string, store: TargetStore) {
    this.name = name;
    this.#store = store;
  }

  async notifyTaskIsAlive(
    target: Target,
    instanceId: string,
    heartbeat: Heartbeat,
    { signal }: AllocatorCallOptions,
  ): Promise<HeartbeatAnswer> {
    return this.#store.notify(targetKey(target, this.scope), instanceId, heartbeat, signal);
  }

  async release(
    target: Target,
    instanceId: string,
    grant: Release,
    { signal }: AllocatorCallOptions,
  ): Promise<boolean> {
    return this.#store.release(targetKey(target, this.scope), instanceId, grant, signal);
  }

  async housekeep(
    target: Target | undefined,
    { signal, limit = DEFAULT_LIMIT }: HousekeepingOptions,
  ): Promise<HousekeepingReport> {
    const key = this.#keyOf(target);
    const keys = key === undefined ? await this.#store.targetKeys(signal) : [key];
    const reports: HousekeepingReport[] = [];
    for (const each of keys) reports.push(await this.#store.housekeep(each, limit, signal));
    return sumOf(reports);
  }

  async list(
    target: Target | undefined,
    { signal }: AllocatorCallOptions,
  ): Promise<readonly TaskListing[]> {
    return this.#store.list(this.#keyOf(target), signal);
  }

  #keyOf(target: Target | undefined): string | undefined {
    return target && targetKey(target, this.scope);
  }
}
