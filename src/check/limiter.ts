/** A place in the queue of a {@link Limiter}, and then one of its slots. */
export interface Ticket {
  /** Resolves when the slot is taken. */
  readonly ready: Promise<void>;
  /** Takes a slot now, even beyond the limit. */
  hurry(): void;
  /** Gives the slot back, or the place in the queue. Idempotent. */
  leave(): void;
}

/** Limits concurrent runs. */
export interface Gate {
  enter(): Ticket;
}

/** Allows a number of concurrent runs; the others wait, first come, first served. */
export class Limiter implements Gate {
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

/** Applies two limits: a run takes a slot of `inner`, and then one of `outer`. */
export function both(inner: Gate, outer: Gate): Gate {
  return {
    enter() {
      const first = inner.enter();
      let second: Ticket | undefined;
      let hurried = false;
      let left = false;
      const wait = async (): Promise<void> => {
        await first.ready;
        if (left) return;
        second = outer.enter();
        if (hurried) second.hurry();
        await second.ready;
      };
      return {
        ready: wait(),
        hurry() {
          hurried = true;
          first.hurry();
          second?.hurry();
        },
        leave() {
          left = true;
          second?.leave();
          first.leave();
        },
      };
    },
  };
}
