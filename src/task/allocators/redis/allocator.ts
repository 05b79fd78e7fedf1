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
import { DEFAULT_LIMIT, listingOf, sumOf } from "../listing.ts";
import type { RedisStore } from "./store.ts";

/** The allocator's methods as calls to a store. */
export class RedisAllocator implements TaskNumAllocator {
  readonly name: string = "redis";
  readonly scope: Scope = "fleet";
  readonly #store: RedisStore;

  constructor(store: RedisStore) {
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
    const reports: HousekeepingReport[] = [];
    for (const key of await this.#keys(target, signal)) {
      reports.push(await this.#store.housekeep(key, limit, signal));
    }
    return sumOf(reports);
  }

  async list(
    target: Target | undefined,
    { signal }: AllocatorCallOptions,
  ): Promise<readonly TaskListing[]> {
    const listings: TaskListing[] = [];
    for (const key of await this.#keys(target, signal)) {
      for (const { num, epoch, instance, until } of await this.#store.list(key, signal)) {
        listings.push(listingOf({ target: key, num, epoch, instance: instance || null, until }));
      }
    }
    return listings;
  }

  async #keys(target: Target | undefined, signal: AbortSignal): Promise<readonly string[]> {
    if (target !== undefined) return [targetKey(target, this.scope)];
    return this.#store.targetKeys(signal);
  }
}
