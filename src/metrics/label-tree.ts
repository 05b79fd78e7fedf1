type Values = Readonly<Record<string, unknown>>;
/** The value of one label → the next level, or what is kept. */
type Level = Map<unknown, unknown>;

/** Things by label values: one map per label, so that a lookup neither hashes a label set nor allocates. */
export class LabelTree<T> {
  /** The labels by which things are told apart, in the order of the levels. */
  readonly keys: readonly string[];
  readonly root: Level = new Map();
  #size = 0;
  /** What is kept where there are no labels. */
  #only: T | undefined;

  constructor(keys: readonly string[]) {
    this.keys = keys;
  }

  /** How many things there are. */
  get size(): number {
    return this.#size;
  }

  /** What is kept under these values; undefined where nothing is. */
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
      if (next === undefined) level.set(values[key], (next = new Map()));
      level = next;
    }
    level.set(values[this.keys.at(-1)!], thing);
  }

  /** Lets go of what is kept under these values, and of each map that becomes empty. */
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
