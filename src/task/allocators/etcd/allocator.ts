import { setTimeout as sleep } from "node:timers/promises";
import { backoffMs } from "../../../shared/backoff.ts";
import { TaskmonError } from "../../../shared/errors.ts";
import type {
  AllocatorCallOptions,
  Heartbeat,
  HeartbeatAnswer,
  Release,
  TaskListing,
  TaskNumAllocator,
} from "../../allocator.ts";
import { type Scope, type Target, targetKey } from "../../target.ts";
import { StoreUnavailableError } from "../errors.ts";
import type { EtcdClient } from "./client.ts";
import { listAll } from "./list.ts";
import { allKeys, targetKeys } from "./records.ts";
import { EtcdTarget } from "./target.ts";

/** The wait before a next attempt when another process was faster: up to 2 ms, then 4, 8, … 100. */
const BACKOFF = { firstMs: 2, maxMs: 100, jitter: 1 } as const;

/** The allocator's methods; each attempt is repeated while other processes are faster. */
export class EtcdAllocator implements TaskNumAllocator {
  readonly name: string = "etcd";
  readonly scope: Scope = "fleet";
  readonly #client: EtcdClient;
  readonly #prefix: string;
  /** By target: calls of this process that ask for a number wait for each other here instead of in etcd. */
  readonly #lines = new Map<string, Promise<unknown>>();

  constructor(client: EtcdClient, prefix: string) {
    this.#client = client;
    this.#prefix = prefix;
  }

  async notifyTaskIsAlive(
    target: Target,
    instanceId: string,
    heartbeat: Heartbeat,
    { signal }: AllocatorCallOptions,
  ): Promise<HeartbeatAnswer> {
    const key = targetKey(target, this.scope);
    const call = (): Promise<HeartbeatAnswer> =>
      this.#repeated(signal, () => this.#target(key, signal).notify(instanceId, heartbeat));
    return heartbeat.held === undefined ? this.#inLine(key, call) : call();
  }

  async release(
    target: Target,
    instanceId: string,
    grant: Release,
    { signal }: AllocatorCallOptions,
  ): Promise<boolean> {
    const key = targetKey(target, this.scope);
    return this.#repeated(signal, () => this.#target(key, signal).release(instanceId, grant));
  }

  async list(
    target: Target | undefined,
    { signal }: AllocatorCallOptions,
  ): Promise<readonly TaskListing[]> {
    const all = allKeys(this.#prefix);
    const under = target === undefined ? all : `${all}${targetKey(target, this.scope)}/`;
    return this.#repeated(signal, () => listAll(this.#client, under, signal));
  }

  #target(key: string, signal: AbortSignal): EtcdTarget {
    return new EtcdTarget(this.#client, targetKeys(this.#prefix, key), signal);
  }

  async #inLine<T>(key: string, call: () => Promise<T>): Promise<T> {
    const before = this.#lines.get(key);
    const mine = before === undefined ? call() : before.then(call);
    const settled = mine.catch(() => undefined);
    this.#lines.set(key, settled);
    try {
      return await mine;
    } finally {
      if (this.#lines.get(key) === settled) this.#lines.delete(key);
    }
  }

  async #repeated<T>(signal: AbortSignal, attempt: () => Promise<T | undefined>): Promise<T> {
    try {
      for (let attempts = 1; ; attempts++) {
        signal.throwIfAborted();
        const answer = await attempt();
        if (answer !== undefined) return answer;
        await sleep(backoffMs(attempts, BACKOFF), undefined, { signal, ref: false });
      }
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (error instanceof TaskmonError) throw error;
      throw new StoreUnavailableError("etcd", error);
    }
  }
}
