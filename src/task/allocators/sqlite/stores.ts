import type { StoreAnswers, StoreCall, StoreRequest } from "./messages.ts";
import type { StoreClock } from "./store-clock.ts";
import { SqliteStore } from "./store.ts";

/** The stores of one thread, each opened at its first call. */
export class Stores {
  readonly #byPath = new Map<string, SqliteStore>();
  readonly #busyTimeoutMs: number;
  readonly #clock: StoreClock;

  constructor(busyTimeoutMs: number, clock: StoreClock) {
    this.#busyTimeoutMs = busyTimeoutMs;
    this.#clock = clock;
  }

  /** Carries out a call; throws what {@link SqliteStore} throws. */
  run({ file, call }: StoreRequest): StoreAnswers[StoreCall["method"]] {
    let store = this.#byPath.get(file.path);
    if (store === undefined) {
      store = new SqliteStore(file, this.#busyTimeoutMs, this.#clock);
      this.#byPath.set(file.path, store);
    }
    switch (call.method) {
      case "notify":
        return store.notify(call.targetKey, call.instanceId, call.heartbeat, call.assign);
      case "release":
        return store.release(call.targetKey, call.instanceId, call.grant);
      case "housekeep":
        return store.housekeep(call.targetKey, call.limit);
      case "list":
        return store.list(call.targetKey);
    }
  }

  close(): void {
    for (const store of this.#byPath.values()) store.close();
    this.#byPath.clear();
  }
}
