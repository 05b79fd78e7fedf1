import type { Attributes } from "@opentelemetry/api";
import { OVERFLOW, OVERFLOW_ATTRIBUTE } from "../points/overflow.ts";
import { isLabelValue, type LabelDefinition, type LabelValue } from "./labels.ts";
import { LabelTree, type Level } from "./label-tree.ts";

type Values = Readonly<Record<string, unknown>>;

/**
 * The label sets that an SDK's instrument surely keeps apart: its limit is 2,000 series, of which one is
 * its own overflow series and one is ours.
 */
export const SDK_MAX_SERIES = 1_998;

/** What a series is kept in. */
export interface Cell {
  /** The labels of the series, without those that are absent. */
  readonly attributes: Attributes;
  /** Whether readers are not to see it for now. It goes on as if they did. */
  isHidden?: boolean;
}

/** Told of the series that come and go. */
export interface SeriesWatcher<C extends Cell> {
  /** A series is there, new or again. */
  added(cell: C): void;
  /** A series goes; its cell still holds what it held. */
  removing(cell: C): void;
}

/**
 * The cells of one metric, found through one level per label, in the order of the declaration, so
 * that a lookup neither hashes nor allocates.
 *
 * The cap is on the label sets that are known. A removed series stays known unless it is forgotten:
 * an SDK's instrument keeps what it was given for ever, so that new label sets must not follow removed
 * ones without end.
 */
export class Series<C extends Cell> {
  readonly #labels: readonly LabelDefinition[];
  readonly #maxSeries: number;
  readonly #createCell: (attributes: Attributes) => C;
  readonly #cells = new Set<C>();
  readonly #watchers = new Set<SeriesWatcher<C>>();
  /** The labels that a lookup goes through as they were declared; none where it cannot. */
  #keys: readonly string[];
  #tree: LabelTree<C>;
  #overflow: C | undefined;

  constructor(
    labels: readonly LabelDefinition[],
    maxSeries: number,
    createCell: (attributes: Attributes) => C,
  ) {
    this.#labels = labels;
    this.#keys = labels.map((label) => label.key);
    this.#tree = new LabelTree(this.#keys);
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

  /** Whether some label tells no series apart. */
  get isReduced(): boolean {
    return this.#tree.keys.length < this.#labels.length;
  }

  /** All cells, in the order in which they came. */
  cells(): IterableIterator<C> {
    return this.#cells.values();
  }

  /** Whether the cell's series is there: not removed. It may be hidden. */
  has(cell: C): boolean {
    return this.#cells.has(cell);
  }

  /**
   * Tells `watcher` of each series that is there, and of each that comes or goes from now on.
   * @returns a function that ends it
   */
  watch(watcher: SeriesWatcher<C>): () => void {
    for (const cell of this.#cells) watcher.added(cell);
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /**
   * Lets these labels tell series apart no more: values of theirs take no memory from now on. Series that
   * are there stay as they are.
   */
  reduce(dropped: ReadonlySet<string>): void {
    const keys = this.#labels.map(({ key }) => key);
    const levels = keys.filter((key) => !dropped.has(key));
    if (levels.join() === this.#tree.keys.join()) return;
    this.#tree = new LabelTree(levels);
    this.#keys = this.isReduced ? [] : keys;
    for (const cell of this.#cells) {
      if (cell !== this.#overflow && Object.keys(cell.attributes).every((key) => !dropped.has(key)))
        this.#tree.put(cell.attributes, cell);
    }
  }

  /**
   * Removes the series of these attributes.
   * @param forget makes room for another label set under the cap; for a reader that forgets too
   * @returns its cell, if there was one
   */
  remove(attributes: Values, forget: boolean): C | undefined {
    const cell = this.peek(attributes);
    return cell !== undefined && this.#remove(cell, forget) ? cell : undefined;
  }

  /** Removes all series. @returns their cells */
  clear(forget: boolean): C[] {
    return [...this.#cells].filter((cell) => this.#remove(cell, forget));
  }

  /**
   * Hides the series of these attributes, or shows it again.
   * @returns whether there is one, and it was not so already
   */
  setHidden(attributes: Values, hidden: boolean): boolean {
    const cell = this.peek(attributes);
    if (cell === undefined || !this.#cells.has(cell) || (cell.isHidden ?? false) === hidden) {
      return false;
    }
    cell.isHidden = hidden;
    return true;
  }

  /** Brings a removed series back; what it held is the caller's to reset. */
  restore(cell: C): void {
    if (this.#cells.has(cell)) return;
    if (cell.attributes === OVERFLOW) this.#overflow = cell;
    else this.#tree.put(cell.attributes, cell);
    this.#enter(cell);
  }

  /** The cell that has taken a removed cell's place; undefined where none has. */
  heirOf(cell: C): C | undefined {
    const heir = this.peek(cell.attributes);
    return heir !== undefined && heir !== cell && this.#cells.has(heir) ? heir : undefined;
  }

  /**
   * The cell of `values`, made if need be; the overflow cell where no further one may be made;
   * undefined where `values` is not a label set of this metric.
   */
  find(values: Values | undefined): C | undefined {
    const keys = this.#keys;
    if (keys.length === 0) return this.#findOther(values);
    if (typeof values !== "object" || values === null) return undefined;
    // In the declared order V8 reads an object's values without looking their keys up.
    let level: unknown = this.#tree.root;
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
    if (this.#overflow !== undefined && OVERFLOW_ATTRIBUTE in attributes) return this.#overflow;
    return this.#tree.get(attributes);
  }

  /** Where no label tells series apart, or some do not. */
  #findOther(values: Values | undefined): C | undefined {
    if (this.isReduced) {
      if (typeof values !== "object" || values === null || !this.#accepts(values)) return undefined;
      return this.#tree.get(values) ?? this.#add(values);
    }
    if (values !== undefined && !this.#declaresAll(values)) return undefined;
    return this.#tree.get({}) ?? this.#add({});
  }

  /** The same for labels in any order, of which some may be left out. */
  #search(values: Values): C | undefined {
    const cell = this.#tree.get(values);
    if (cell === undefined) return this.#add(values);
    return this.#declaresAll(values) ? cell : undefined;
  }

  #add(values: Values): C | undefined {
    if (!this.#accepts(values)) return undefined;
    const attributes: Attributes = {};
    for (const { key, optional } of this.#labels) {
      const value = values[key] as LabelValue | undefined;
      if (value === undefined || (optional && value === "") || !this.#tree.keys.includes(key))
        continue;
      attributes[key] = typeof value === "string" ? value.toWellFormed() : value;
    }
    // Other spellings of one series have no path of their own.
    const known = this.#tree.get(attributes);
    if (known !== undefined) return known;
    const isFull = this.#tree.size >= this.#maxSeries;
    if (isFull && this.#overflow !== undefined) return this.#overflow;
    const cell = this.#createCell(isFull ? OVERFLOW : attributes);
    if (isFull) this.#overflow = cell;
    else this.#tree.put(attributes, cell);
    this.#enter(cell);
    return cell;
  }

  #enter(cell: C): void {
    this.#cells.add(cell);
    for (const watcher of this.#watchers) watcher.added(cell);
  }

  #remove(cell: C, forget: boolean): boolean {
    if (!this.#cells.has(cell)) return false;
    for (const watcher of this.#watchers) watcher.removing(cell);
    this.#cells.delete(cell);
    cell.isHidden = false;
    if (forget && cell === this.#overflow) this.#overflow = undefined;
    else if (forget && this.#tree.get(cell.attributes) === cell) this.#tree.cut(cell.attributes);
    return true;
  }

  /** Whether `values` is a label set of this metric. */
  #accepts(values: Values): boolean {
    if (!this.#declaresAll(values)) return false;
    return this.#labels.every((label) => {
      const value = values[label.key];
      return value === undefined ? label.optional : isLabelValue(label, value);
    });
  }

  /** Whether every key with a value is a declared label. */
  #declaresAll(values: Values): boolean {
    for (const key in values) {
      if (values[key] !== undefined && !this.#labels.some((label) => label.key === key))
        return false;
    }
    return true;
  }
}
