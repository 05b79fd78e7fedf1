import type { Place } from "./problem.ts";
import type { SpecFile } from "./spec-file.ts";

/** What a feature reads of spec files. One reads one set of files; the next set has another. */
export interface FileSection<T> {
  /** Reads what a file of the set says. What is wrong with it is said to the file. */
  read(file: SpecFile): void;
  /** What all files of the set say together. Called where nothing is wrong with any of them. */
  result(): T;
}

/** Keeps the first value of each key, and its place. */
export class Firsts<V> {
  readonly #firsts = new Map<string, { readonly value: V; readonly place: Place }>();

  /** @returns the one that was there already */
  add(
    key: string,
    value: V,
    place: Place,
  ): { readonly value: V; readonly place: Place } | undefined {
    const first = this.#firsts.get(key);
    if (first === undefined) this.#firsts.set(key, { value, place });
    return first;
  }

  values(): V[] {
    return [...this.#firsts.values()].map(({ value }) => value);
  }
}
