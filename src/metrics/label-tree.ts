type Values = Readonly<Record<string, unknown>>;

/** Up to this many values of a label are compared one by one, which is faster than a map. */
const FEW = 6;

/** The values of one label, each with the next level. The last level has the stored things. */
export class Level {
  /** The values, while there are few. */
  readonly #values: unknown[] = [];
  readonly #nexts: unknown[] = [];
  /** The values and nexts, once there are more. */
  #map: Map<unknown, unknown> | undefined;

  get size(): number {
    return this.#map?.size ?? this.#values.length;
  }

  get(value: unknown): unknown {
    if (this.#map !== undefined) return this.#map.get(value);
    const values = this.#values;
    for (let index = 0; index < values.length; index++) {
      if (values[index] === value) return this.#nexts[index];
    }
    return undefined;
  }

  set(value: unknown, next: unknown): void {
    if (this.#map === undefined && this.#values.length >= FEW) {
      this.#map = new Map(this.#values.map((one, index) => [one, this.#nexts[index]]));
      this.#values.length = this.#nexts.length = 0;
    }
    if (this.#map !== undefined) {
      this.#map.set(value, next);
      return;
    }
    const found = this.#values.indexOf(value);
    const index = found === -1 ? this.#values.length : found;
    this.#values[index] = value;
    this.#nexts[index] = next;
  }

  delete(value: unknown): void {
    if (this.#map !== undefined) {
      this.#map.delete(value);
      return;
    }
    const index = this.#values.indexOf(value);
    if (index === -1) return;
    this.#values.splice(index, 1);
    this.#nexts.splice(index, 1);
  }
}

/**
 * Stores things by label values, with one level per label, so that a lookup neither hashes a label set nor
 * allocates.
 */
export class LabelTree<T> {
  /** The labels of the levels, in order. */
  readonly keys: readonly string[];
  readonly root: Level = new Level();
  #size = 0;
  /** The only thing, if there are no labels. */
  #only: T | undefined;

  constructor(keys: readonly string[]) {
    this.keys = keys;
  }

  /** The number of things. */
  get size(): number {
    return this.#size;
  }

  /** Returns the thing with these label values, or undefined. */
  get(values: Values): T | undefined {
    if (this.keys.length === 0) return this.#only;
    let level: unknown = this.root;
    for (const key of this.keys) level = (level as Level | undefined)?.get(values[key]);
    return level as T | undefined;
  }

  put(values: Values, thing: T): void {
    if (this.get(values) === undefined) this.#size++;
    if (this.keys.length === 0) {
      this.#only = thing;
      return;
    }
    let level = this.root;
    for (const key of this.keys.slice(0, -1)) {
      let next = level.get(values[key]) as Level | undefined;
      if (next === undefined) level.set(values[key], (next = new Level()));
      level = next;
    }
    level.set(values[this.keys.at(-1)!], thing);
  }

  /** Removes the thing with these label values, and each level that becomes empty. */
  cut(values: Values): void {
    if (this.get(values) === undefined) return;
    this.#size--;
    if (this.keys.length === 0) this.#only = undefined;
    else cut(this.root, this.keys, values);
  }
}

function cut(level: Level, [key, ...rest]: readonly string[], values: Values): void {
  const value = values[key!];
  const next = level.get(value) as Level;
  if (rest.length > 0) cut(next, rest, values);
  if (rest.length === 0 || next.size === 0) level.delete(value);
}
