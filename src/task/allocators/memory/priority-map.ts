/**
 * Whole numbers by priority: a binary heap that knows the place of each key, so that setting or deleting
 * any key takes O(log n).
 */
export class PriorityMap {
  readonly #keys: number[] = [];
  readonly #priorities = new Map<number, number>();
  readonly #positions = new Map<number, number>();

  /** The key with the lowest priority, and that priority. */
  first(): { readonly key: number; readonly priority: number } | undefined {
    const key = this.#keys[0];
    return key === undefined ? undefined : { key, priority: this.#priorities.get(key)! };
  }

  /** Adds the key, or changes its priority. */
  set(key: number, priority: number): void {
    this.#priorities.set(key, priority);
    const position = this.#positions.get(key);
    if (position === undefined) {
      this.#place(key, this.#keys.length);
      this.#up(this.#keys.length - 1);
    } else {
      this.#down(this.#up(position));
    }
  }

  /** Removes the key, if it is there. */
  delete(key: number): void {
    const position = this.#positions.get(key);
    if (position === undefined) return;
    this.#positions.delete(key);
    this.#priorities.delete(key);
    const last = this.#keys.pop()!;
    if (last === key) return;
    this.#place(last, position);
    this.#down(this.#up(position));
  }

  #up(from: number): number {
    let position = from;
    const key = this.#keys[position]!;
    while (position > 0) {
      const parent = (position - 1) >> 1;
      if (!this.#isBefore(key, this.#keys[parent]!)) break;
      this.#place(this.#keys[parent]!, position);
      position = parent;
    }
    this.#place(key, position);
    return position;
  }

  #down(from: number): void {
    let position = from;
    const key = this.#keys[position]!;
    for (;;) {
      let child = 2 * position + 1;
      if (child >= this.#keys.length) break;
      const right = child + 1;
      if (right < this.#keys.length && this.#isBefore(this.#keys[right]!, this.#keys[child]!)) {
        child = right;
      }
      if (!this.#isBefore(this.#keys[child]!, key)) break;
      this.#place(this.#keys[child]!, position);
      position = child;
    }
    this.#place(key, position);
  }

  #isBefore(a: number, b: number): boolean {
    return this.#priorities.get(a)! < this.#priorities.get(b)!;
  }

  #place(key: number, position: number): void {
    this.#keys[position] = key;
    this.#positions.set(key, position);
  }
}
