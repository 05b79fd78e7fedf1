import type { Attributes } from "@opentelemetry/api";
import { isLabelValue, type LabelDefinition } from "./labels.ts";

type Values = Readonly<Record<string, unknown>>;
/** A level of the tree: the value of one label → the next level, or the cell. */
type Level = Map<unknown, unknown>;

/** The attributes of the series that takes what is beyond the cap; name from the OpenTelemetry SDK specification. */
const OVERFLOW: Attributes = Object.freeze({ "otel.metric.overflow": true });

/**
 * The label sets that an SDK's instrument surely keeps apart: its limit is 2,000 series, of which one is
 * its own overflow series and one is ours. A metric that may have more is reported by a producer of ours.
 */
export const SDK_MAX_SERIES = 1_998;

/** What a series is kept in. */
export interface Cell {
  /** The labels of the series, without those that are absent. */
  readonly attributes: Attributes;
}

/**
 * The cells of one metric, found through one map per label, in the order of the declaration, so
 * that a lookup neither hashes nor allocates.
 *
 * The cap is on the label sets that are known. A removed series stays known unless it is forgotten:
 * an SDK's instrument keeps what it was given for ever, so that new label sets must not follow removed
 * ones without end.
 */
export class Series<C extends Cell> {
  readonly #labels: readonly LabelDefinition[];
  readonly #keys: readonly string[];
  readonly #maxSeries: number;
  readonly #createCell: (attributes: Attributes) => C;
  readonly #cells = new Set<C>();
  /** Cells that go on, and that nobody is to see for now. */
  readonly #hidden = new Set<C>();
  #root: Level = new Map();
  #known = 0;
  #only: C | undefined;
  #overflow: C | undefined;

  constructor(
    labels: readonly LabelDefinition[],
    maxSeries: number,
    createCell: (attributes: Attributes) => C,
  ) {
    this.#labels = labels;
    this.#keys = labels.map((label) => label.key);
    this.#maxSeries = maxSeries;
    this.#createCell = createCell;
  }

  /** How many series there are, the overflow series among them. */
  get size(): number {
    return this.#cells.size;
  }

  /** The series that takes what is beyond the cap, once there is one. */
  get overflow(): C | undefined {
    return this.#overflow;
  }

  /** All cells, in the order in which they came. */
  cells(): IterableIterator<C> {
    return this.#cells.values();
  }

  /** Whether the cell's series is there: neither removed nor hidden. */
  has(cell: C): boolean {
    return this.#cells.has(cell);
  }

  /**
   * Removes the series of these attributes.
   * @param forget makes room for another label set under the cap; for a reader that forgets too
   * @returns its cell, if there was one
   */
  remove(attributes: Values, forget: boolean): C | undefined {
    const cell = this.peek(attributes);
    if (cell === undefined) return undefined;
    if (!this.#cells.delete(cell) && !this.#hidden.delete(cell)) return undefined;
    if (forget) this.#forget(cell);
    return cell;
  }

  /** Brings a removed series back; what it held is the caller's to reset. */
  restore(cell: C): void {
    if (this.#cells.has(cell) || this.#hidden.has(cell)) return;
    this.#cells.add(cell);
    if (this.peek(cell.attributes) !== cell) this.#plant(cell);
  }

  /**
   * Hides the series of these attributes, or shows it again. Its cell is still found, and takes what it
   * is given.
   * @returns whether there is one, and it was not so already
   */
  setHidden(attributes: Values, hidden: boolean): boolean {
    const cell = this.peek(attributes);
    const [from, to] = hidden ? [this.#cells, this.#hidden] : [this.#hidden, this.#cells];
    if (cell === undefined || !from.delete(cell)) return false;
    to.add(cell);
    return true;
  }

  /** The cells that are hidden. */
  hidden(): IterableIterator<C> {
    return this.#hidden.values();
  }

  /**
   * The cell of `values`, made if need be; the overflow cell where no further one may be made;
   * undefined where `values` is not a label set of this metric.
   */
  find(values: Values | undefined): C | undefined {
    const keys = this.#keys;
    if (keys.length === 0) {
      return values === undefined || isEmpty(values)
        ? (this.#only ??= this.#create({}))
        : undefined;
    }
    if (typeof values !== "object" || values === null) return undefined;
    // In the declared order V8 reads an object's values without looking their keys up.
    let level: unknown = this.#root;
    let index = 0;
    for (const key in values) {
      if (key !== keys[index++]) return this.#search(values);
      level = (level as Level).get(values[key]);
      if (level === undefined) return this.#add(values);
    }
    return index === keys.length ? (level as C) : this.#search(values);
  }

  /** The cell of exactly these attributes, if there is one. */
  peek(attributes: Values): C | undefined {
    if (this.#overflow !== undefined && "otel.metric.overflow" in attributes) return this.#overflow;
    if (this.#keys.length === 0) return this.#only;
    let level: unknown = this.#root;
    for (const key of this.#keys) level = (level as Level | undefined)?.get(attributes[key]);
    return level as C | undefined;
  }

  /** The same for labels in any order, of which some may be left out. */
  #search(values: Values): C | undefined {
    let level: unknown = this.#root;
    let present = 0;
    for (const key of this.#keys) {
      const value = values[key];
      if (value !== undefined) present++;
      level = (level as Level).get(value);
      if (level === undefined) return this.#add(values);
    }
    let given = 0;
    for (const _ in values) given++;
    return given === present || this.#declaresAll(values) ? (level as C) : undefined;
  }

  #add(values: Values): C | undefined {
    if (!this.#declaresAll(values)) return undefined;
    const attributes: Attributes = {};
    for (const label of this.#labels) {
      const value = values[label.key];
      if (value === undefined && label.optional) continue;
      if (!isLabelValue(label, value)) return undefined;
      attributes[label.key] = value;
    }
    if (this.#known >= this.#maxSeries) return (this.#overflow ??= this.#create(OVERFLOW));
    const cell = this.#create(attributes);
    this.#plant(cell);
    return cell;
  }

  #create(attributes: Attributes): C {
    const cell = this.#createCell(attributes);
    this.#cells.add(cell);
    return cell;
  }

  /** Makes the cell known: puts it at the end of the path of its label values. */
  #plant(cell: C): void {
    if (cell.attributes === OVERFLOW) {
      this.#overflow = cell;
      return;
    }
    if (this.#keys.length === 0) {
      this.#only = cell;
      return;
    }
    this.#known++;
    let level = this.#root;
    for (const key of this.#keys.slice(0, -1)) {
      let next = level.get(cell.attributes[key]) as Level | undefined;
      if (next === undefined) level.set(cell.attributes[key], (next = new Map()));
      level = next;
    }
    level.set(cell.attributes[this.#keys.at(-1)!], cell);
  }

  /** Cuts the cell's path off, from where nothing else grows on it. */
  #forget(cell: C): void {
    if (cell === this.#overflow) this.#overflow = undefined;
    else if (cell === this.#only) this.#only = undefined;
    else if (cut(this.#root, this.#keys, cell.attributes)) this.#known--;
  }

  /** Whether every key with a value is a declared label. */
  #declaresAll(values: Values): boolean {
    return Object.keys(values).every(
      (key) => values[key] === undefined || this.#keys.includes(key),
    );
  }
}

function isEmpty(values: Values): boolean {
  for (const key in values) if (values[key] !== undefined) return false;
  return true;
}

/** Deletes the path of these values below `level`, and each map that becomes empty. */
function cut(level: Level, [key, ...rest]: readonly string[], values: Values): boolean {
  const value = values[key!];
  const next = level.get(value);
  if (next === undefined) return false;
  if (rest.length > 0) {
    const done = cut(next as Level, rest, values);
    if (done && (next as Level).size > 0) return true;
    if (!done) return false;
  }
  return level.delete(value);
}
