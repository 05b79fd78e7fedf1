/** Below this many entries there is nothing worth sweeping. */
const LEAST_SWEEP = 1_024;

/** Objects that can all be visited while they live, and that the list does not keep alive. */
export class WeakList<T extends object> {
  readonly #refs = new Set<WeakRef<T>>();
  #sweepAt = LEAST_SWEEP;

  /** How many entries there are, those of dead objects that were not swept yet included. */
  get size(): number {
    return this.#refs.size;
  }

  /**
   * Adds an object.
   * @returns a function that takes it out; an object that dies without that is swept later.
   */
  add(object: T): () => void {
    if (this.#refs.size >= this.#sweepAt) this.#sweep();
    const ref = new WeakRef(object);
    this.#refs.add(ref);
    return () => this.#refs.delete(ref);
  }

  /** Takes all objects out and returns those that live. */
  drain(): T[] {
    const objects = [...this.#refs]
      .map((ref) => ref.deref())
      .filter((object) => object !== undefined);
    this.#refs.clear();
    return objects;
  }

  /** Costs a step per entry, once per doubling. */
  #sweep(): void {
    for (const ref of this.#refs) if (ref.deref() === undefined) this.#refs.delete(ref);
    this.#sweepAt = Math.max(LEAST_SWEEP, this.#refs.size * 2);
  }
}
