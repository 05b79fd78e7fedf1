import { AllocatorClosedError } from "../errors.ts";
import type { Engine, StoreAnswers, StoreCall, StoreRequest } from "./messages.ts";
import type { StoreClock } from "./store-clock.ts";
import { Stores } from "./stores.ts";

/** Carries out each call at once, while the caller waits. */
export class CallingThread implements Engine {
  readonly #stores: Stores;
  #isClosed = false;

  constructor(busyTimeoutMs: number, clock: StoreClock) {
    this.#stores = new Stores(busyTimeoutMs, clock);
  }

  async ready(): Promise<void> {}

  async run<C extends StoreCall>(
    request: StoreRequest<C>,
    signal: AbortSignal,
  ): Promise<StoreAnswers[C["method"]]> {
    signal.throwIfAborted();
    return this.runNow(request);
  }

  runNow<C extends StoreCall>(request: StoreRequest<C>): StoreAnswers[C["method"]] {
    if (this.#isClosed) throw new AllocatorClosedError("sqlite");
    return this.#stores.run(request) as StoreAnswers[C["method"]];
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stores.close();
  }
}
