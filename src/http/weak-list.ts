/** Fewer entries are not worth sweeping. */
const LEAST_SWEEP = 1_024;

/** A list that does not keep its objects alive. */
export class WeakList<T extends object> {
  readonly #refs = new Set<WeakRef<T>>();
  #sweepAt = LEAST_SWEEP;

  /** The number of entries, including dead objects that were not swept yet. */
  get size(): number {
    return this.#refs.size;
  }

  /**
   * Adds an object.
   * @returns a function that removes it. A dead object is swept later.
   */
  add(object: T): () => void {
    if (this.#refs.size >= this.#sweepAt) this.#sweep();
    const ref = new WeakRef(object);
    this.#refs.add(ref);
    return () => this.#refs.delete(ref);
  }

  /** Removes all objects and returns the live ones. */
  drain(): T[] {
    const objects = [...this.#refs]
      .map((ref) => ref.deref())
      .filter((object) => object !== undefined);
    this.#refs.clear();
    return objects;
  }

  /** Removes dead entries. It costs one step per entry, each time that the list has doubled. */
  #sweep(): void {
    for (const ref of this.#refs) if (ref.deref() === undefined) this.#refs.delete(ref);
    this.#sweepAt = Math.max(LEAST_SWEEP, this.#refs.size * 2);
  }
}
