import type { Attributes } from "@opentelemetry/api";
import { isLabelValue, type LabelDefinition } from "./labels.ts";

type Values = Readonly<Record<string, unknown>>;
/** A level of the tree: the value of one label → the next level, or the cell. */
type Level = Map<unknown, unknown>;

/** The attributes of the series that takes what is beyond the cap; name from the OpenTelemetry SDK specification. */
const OVERFLOW: Attributes = Object.freeze({ "otel.metric.overflow": true });

/**
 * The cells of one metric, found through one map per label, in the order of the declaration, so
 * that a lookup neither hashes nor allocates.
 */
export class Series<C extends object> {
  readonly #labels: readonly LabelDefinition[];
  readonly #keys: readonly string[];
  readonly #maxSeries: number;
  readonly #createCell: (attributes: Attributes) => C;
  readonly #cells = new Map<C, Attributes>();
  #root: Level = new Map();
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

  /** How many series there are, the overflow series not counted. */
  get size(): number {
    return this.#cells.size - (this.#overflow === undefined ? 0 : 1);
  }

  /** The series that takes what is beyond the cap, once there is one. */
  get overflow(): C | undefined {
    return this.#overflow;
  }

  /** All cells with their attributes, in the order in which they came. */
  cells(): IterableIterator<[C, Attributes]> {
    return this.#cells.entries();
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
    if (this.size >= this.#maxSeries) return (this.#overflow ??= this.#create(OVERFLOW));
    const cell = this.#create(attributes);
    let level = this.#root;
    for (const key of this.#keys.slice(0, -1)) {
      let next = level.get(attributes[key]) as Level | undefined;
      if (next === undefined) level.set(attributes[key], (next = new Map()));
      level = next;
    }
    level.set(attributes[this.#keys.at(-1)!], cell);
    return cell;
  }

  #create(attributes: Attributes): C {
    const cell = this.#createCell(attributes);
    this.#cells.set(cell, attributes);
    return cell;
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
