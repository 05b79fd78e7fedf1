/** A call that is never made twice at one time: those who ask meanwhile share it. */
export class SharedCall<T> {
  readonly #call: () => Promise<T>;
  #underWay: Promise<T> | undefined;
  #next: Promise<T> | undefined;

  constructor(call: () => Promise<T>) {
    this.#call = call;
  }

  /** The call that is under way, which began earlier, or a new one. */
  join(): Promise<T> {
    this.#underWay ??= this.#begin();
    return this.#underWay;
  }

  /** A call that begins no earlier than now, when the one under way is over. */
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
    // Not before it can be shared: the call may ask for itself.
    await Promise.resolve();
    try {
      return await this.#call();
    } finally {
      this.#underWay = undefined;
    }
  }
}
