import type { Clock } from "../shared/clock.ts";
import { keepAlive } from "../shared/keep-alive.ts";
import { type Repeat, repeat } from "../shared/repeat.ts";

/**
 * The callers that wait for a service to come up, with one probe loop for all. Keeps the process alive
 * meanwhile: it may be waiting only for this.
 */
export class Waiters {
  readonly #clock: Clock;
  readonly #look: () => Promise<number>;
  readonly #waiting = new Set<(up: boolean) => void>();
  #loop: Repeat | undefined;
  #stopKeepAlive: (() => void) | undefined;

  /** @param look probes once, calls {@link end} if the service is up, and returns the milliseconds until the next probe */
  constructor(clock: Clock, look: () => Promise<number>) {
    this.#clock = clock;
    this.#look = look;
  }

  /** Resolves to the argument of {@link end}; to false after `waitMs` or when the signal aborts. */
  wait(waitMs: number, signal: AbortSignal | undefined): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const end = (up: boolean): void => {
      this.#waiting.delete(end);
      cancelTimer();
      signal?.removeEventListener("abort", onAbort);
      resolve(up);
      if (this.#waiting.size === 0) this.#stop();
    };
    const onAbort = (): void => end(false);
    const cancelTimer = this.#clock.after(waitMs, onAbort);
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#waiting.add(end);
    this.#stopKeepAlive ??= keepAlive();
    this.#loop ??= repeat(this.#clock, this.#look, ON_ERROR_MS);
    return promise;
  }

  /** Ends every wait. */
  end(up: boolean): void {
    for (const end of [...this.#waiting]) end(up);
  }

  #stop(): void {
    this.#loop?.stop();
    this.#stopKeepAlive?.();
    this.#loop = this.#stopKeepAlive = undefined;
  }
}

const ON_ERROR_MS = 1_000;
