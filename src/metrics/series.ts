import type { Attributes } from "@opentelemetry/api";
import { OVERFLOW, OVERFLOW_ATTRIBUTE } from "../points/overflow.ts";
import { isLabelValue, type LabelDefinition, type LabelValue } from "./labels.ts";
import { LabelTree, type Level } from "./label-tree.ts";

type Values = Readonly<Record<string, unknown>>;

/**
 * The number of label sets that an SDK's instrument always keeps apart: its limit is 2,000 series, minus its
 * own overflow series and ours.
 */
export const SDK_MAX_SERIES = 1_998;

/** Holds the value of one series. */
export interface Cell {
  /** The labels of the series, without those that are absent. */
  readonly attributes: Attributes;
  /** Whether readers must not see the series now. It still records. */
  isHidden?: boolean;
}

/** Is called when series are added or removed. */
export interface SeriesWatcher<C extends Cell> {
  /** A series was added or restored. */
  added(cell: C): void;
  /** A series is being removed. Its cell still has its value. */
  removing(cell: C): void;
}

/**
 * The cells of one metric. A lookup goes through one level per label, in the order of the declaration, so
 * that it neither hashes nor allocates.
 *
 * The limit counts all known label sets. A removed series stays known unless it is forgotten: an SDK's
 * instrument keeps its series for ever, so an endless number of new label sets must not replace removed ones.
 */
export class Series<C extends Cell> {
  readonly #labels: readonly LabelDefinition[];
  readonly #maxSeries: number;
  readonly #createCell: (attributes: Attributes) => C;
  readonly #cells = new Set<C>();
  readonly #watchers = new Set<SeriesWatcher<C>>();
  /** The declared labels for the fast lookup. Empty if the fast lookup is not possible. */
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

  /** The number of series, including the overflow series. */
  get size(): number {
    return this.#cells.size;
  }

  /** The overflow series, which takes the measurements beyond the limit. Undefined until it is needed. */
  get overflow(): C | undefined {
    return this.#overflow;
  }

  /** Whether series no longer differ by some of the labels. */
  get isReduced(): boolean {
    return this.#tree.keys.length < this.#labels.length;
  }

  /** Returns all cells, in the order in which they were added. */
  cells(): IterableIterator<C> {
    return this.#cells.values();
  }

  /** Whether the cell's series exists, so was not removed. It may be hidden. */
  has(cell: C): boolean {
    return this.#cells.has(cell);
  }

  /**
   * Calls `watcher` for each existing series, and for each that is added or removed from now on.
   * @returns a function that removes the watcher
   */
  watch(watcher: SeriesWatcher<C>): () => void {
    for (const cell of this.#cells) watcher.added(cell);
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /**
   * Stops distinguishing series by these labels, so that their values take no memory from now on. Existing
   * series do not change.
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
   * @param forget makes room for another label set under the limit. Use it only if the readers forget the
   *   series too
   * @returns the removed cell, if there was one
   */
  remove(attributes: Values, forget: boolean): C | undefined {
    const cell = this.peek(attributes);
    return cell !== undefined && this.#remove(cell, forget) ? cell : undefined;
  }

  /**
   * Removes all series.
   * @returns the removed cells
   */
  clear(forget: boolean): C[] {
    return [...this.#cells].filter((cell) => this.#remove(cell, forget));
  }

  /**
   * Hides the series of these attributes, or shows it again.
   * @returns whether there is such a series and its state has changed
   */
  setHidden(attributes: Values, hidden: boolean): boolean {
    const cell = this.peek(attributes);
    if (cell === undefined || !this.#cells.has(cell) || (cell.isHidden ?? false) === hidden) {
      return false;
    }
    cell.isHidden = hidden;
    return true;
  }

  /** Restores a removed series. The caller must reset its value. */
  restore(cell: C): void {
    if (this.#cells.has(cell)) return;
    if (cell.attributes === OVERFLOW) this.#overflow = cell;
    else this.#tree.put(cell.attributes, cell);
    this.#enter(cell);
  }

  /** Returns the cell that now has the label set of a removed cell, or undefined. */
  heirOf(cell: C): C | undefined {
    const heir = this.peek(cell.attributes);
    return heir !== undefined && heir !== cell && this.#cells.has(heir) ? heir : undefined;
  }

  /**
   * Returns the cell of `values`, and creates it if necessary. Returns the overflow cell if the limit is
   * reached, and undefined if `values` is not a label set of this metric.
   */
  find(values: Values | undefined): C | undefined {
    const keys = this.#keys;
    if (keys.length === 0) return this.#findOther(values);
    if (typeof values !== "object" || values === null) return undefined;
    // If the keys are in the declared order, V8 reads the values without looking up the keys.
    let level: unknown = this.#tree.root;
    let index = 0;
    for (const key in values) {
      if (key !== keys[index++]) return this.#search(values);
      level = (level as Level).get(values[key]);
      if (level === undefined) return this.#add(values);
    }
    return index === keys.length ? (level as C) : this.#search(values);
  }

  /** Returns the cell with exactly these attributes, if there is one. */
  peek(attributes: Values): C | undefined {
    if (this.#overflow !== undefined && OVERFLOW_ATTRIBUTE in attributes) return this.#overflow;
    return this.#tree.get(attributes);
  }

  /** The lookup for a metric without labels, or with dropped labels. */
  #findOther(values: Values | undefined): C | undefined {
    if (this.isReduced) {
      if (typeof values !== "object" || values === null || !this.#accepts(values)) return undefined;
      return this.#tree.get(values) ?? this.#add(values);
    }
    if (values !== undefined && !this.#declaresAll(values)) return undefined;
    return this.#tree.get({}) ?? this.#add({});
  }

  /** The lookup for labels in any order, or with some left out. */
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
    // Several label sets may give the same attributes. They share one series.
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
