import type { Clock } from "../shared/clock.ts";
import { keepAlive } from "../shared/keep-alive.ts";
import { type Repeat, repeat } from "../shared/repeat.ts";

/**
 * Who waits for a service to come up, and the one loop that looks for all of them. A program may wait for
 * nothing else, and is kept alive meanwhile.
 */
export class Waiters {
  readonly #clock: Clock;
  readonly #look: () => Promise<number>;
  readonly #waiting = new Set<(up: boolean) => void>();
  #loop: Repeat | undefined;
  #letGo: (() => void) | undefined;

  /** @param look looks once, and says in how many milliseconds to look again; what it finds is told by `end` */
  constructor(clock: Clock, look: () => Promise<number>) {
    this.#clock = clock;
    this.#look = look;
  }

  /** Resolves with what {@link end} says, or false after `waitMs` or when the signal aborts. */
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
    this.#letGo ??= keepAlive();
    this.#loop ??= repeat(this.#clock, this.#look, ON_ERROR_MS);
    return promise;
  }

  /** Ends every wait. */
  end(up: boolean): void {
    for (const end of [...this.#waiting]) end(up);
  }

  #stop(): void {
    this.#loop?.stop();
    this.#letGo?.();
    this.#loop = this.#letGo = undefined;
  }
}

const ON_ERROR_MS = 1_000;
