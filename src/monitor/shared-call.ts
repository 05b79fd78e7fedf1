/** A call that never runs twice at the same time: callers share the running call. */
export class SharedCall<T> {
  readonly #call: () => Promise<T>;
  #underWay: Promise<T> | undefined;
  #next: Promise<T> | undefined;

  constructor(call: () => Promise<T>) {
    this.#call = call;
  }

  /** The running call, or else a new one. */
  join(): Promise<T> {
    this.#underWay ??= this.#begin();
    return this.#underWay;
  }

  /** A call that begins now, or after the running call. */
  anew(): Promise<T> {
    if (this.#underWay === undefined) return this.join();
    this.#next ??= this.#underWay
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined;
        return this.join();
      });
    return this.#next;
  }

  async #begin(): Promise<T> {
    // Begin after `join` has stored this promise: the call itself may call `join`.
    await Promise.resolve();
    try {
      return await this.#call();
    } finally {
      this.#underWay = undefined;
    }
  }
}
