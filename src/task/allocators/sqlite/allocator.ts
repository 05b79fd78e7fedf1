import type {
  AllocatorCallOptions,
  Heartbeat,
  HeartbeatAnswer,
  Release,
  TaskNumAllocator,
} from "../../allocator.ts";
import { targetKey, type Scope, type Target } from "../../target.ts";
import type { Engine, StoreCall, StoreRequest } from "./messages.ts";
import type { StoreFile } from "./store.ts";

/** The allocator's methods as calls to an engine. */
export class SqliteAllocator implements TaskNumAllocator {
  readonly name: string = "sqlite";
  readonly scope: Scope = "host";
  readonly #locate: (target: Target, key: string) => StoreFile;
  readonly #engine: Engine;

  constructor(locate: (target: Target, key: string) => StoreFile, engine: Engine) {
    this.#locate = locate;
    this.#engine = engine;
  }

  async notifyTaskIsAlive(
    target: Target,
    instanceId: string,
    heartbeat: Heartbeat,
    { signal }: AllocatorCallOptions,
  ): Promise<HeartbeatAnswer> {
    return this.#engine.run(
      this.#request(target, (key) => ({ method: "notify", targetKey: key, instanceId, heartbeat })),
      signal,
    );
  }

  async release(
    target: Target,
    instanceId: string,
    grant: Release,
    { signal }: AllocatorCallOptions,
  ): Promise<boolean> {
    return this.#engine.run(
      this.#request(target, (key) => ({ method: "release", targetKey: key, instanceId, grant })),
      signal,
    );
  }

  async housekeep(target: Target, { signal }: AllocatorCallOptions): Promise<void> {
    return this.#engine.run(
      this.#request(target, (key) => ({ method: "housekeep", targetKey: key })),
      signal,
    );
  }

  async close(): Promise<void> {
    await this.#engine.close();
  }

  #request<const C extends StoreCall>(target: Target, call: (key: string) => C): StoreRequest<C> {
    const key = targetKey(target, this.scope);
    return { file: this.#locate(target, key), call: call(key) };
  }
}
