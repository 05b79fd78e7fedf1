/** A place in the queue of a {@link Limiter}, and then one of its slots. */
export interface Ticket {
  /** Resolves when the slot is taken. */
  readonly ready: Promise<void>;
  /** Takes a slot now, beyond the limit if need be. */
  hurry(): void;
  /** Gives the slot back, or the place in the queue. Idempotent. */
  leave(): void;
}

/** Lets a number of runs go on at one time; the others wait, first come, first served. */
export class Limiter {
  readonly #concurrency: number;
  readonly #queue = new Set<() => void>();
  #taken = 0;

  constructor(concurrency: number) {
    this.#concurrency = concurrency;
  }

  enter(): Ticket {
    const { promise, resolve } = Promise.withResolvers<void>();
    let state: "waiting" | "running" | "left" = "waiting";
    const begin = (): void => {
      this.#queue.delete(begin);
      state = "running";
      this.#taken++;
      resolve();
    };
    if (this.#taken < this.#concurrency) begin();
    else this.#queue.add(begin);
    return {
      ready: promise,
      hurry: () => {
        if (state === "waiting") begin();
      },
      leave: () => {
        this.#queue.delete(begin);
        if (state === "running") this.#release();
        state = "left";
      },
    };
  }

  #release(): void {
    this.#taken--;
    if (this.#taken >= this.#concurrency) return;
    const [next] = this.#queue;
    next?.();
  }
}
