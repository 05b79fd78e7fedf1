import type {
  AllocatorCallOptions,
  Heartbeat,
  HeartbeatAnswer,
  HousekeepingOptions,
  HousekeepingReport,
  Release,
  TaskListing,
  TaskNumAllocator,
} from "../../allocator.ts";
import { type Scope, type Target, targetKey } from "../../target.ts";
import { DEFAULT_LIMIT, sumOf } from "../listing.ts";
import type { PostgresStore } from "./store.ts";

/** The allocator's methods as calls to a store. */
export class PostgresAllocator implements TaskNumAllocator {
  readonly name: string = "postgres";
  readonly scope: Scope = "fleet";
  readonly #store: PostgresStore;

  constructor(store: PostgresStore) {
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
    const keys =
      target === undefined ? await this.#store.targetKeys(signal) : [targetKey(target, this.scope)];
    const reports: HousekeepingReport[] = [];
    for (const key of keys) reports.push(await this.#store.housekeep(key, limit, signal));
    return sumOf(reports);
  }

  async list(
    target: Target | undefined,
    { signal }: AllocatorCallOptions,
  ): Promise<readonly TaskListing[]> {
    const key = target === undefined ? undefined : targetKey(target, this.scope);
    return this.#store.list(key, signal);
  }
}
