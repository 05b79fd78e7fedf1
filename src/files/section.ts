import type { Place } from "./problem.ts";
import type { SpecFile } from "./spec-file.ts";

/** A feature's reader of spec files. Each set of files gets its own. */
export interface FileSection<T> {
  /** Reads one file of the set. Reports problems to the file. */
  read(file: SpecFile): void;
  /** The result of all files of the set. Called only if no file has a problem. */
  result(): T;
}

/** Keeps the first value of each key, and its place. */
export class Firsts<V> {
  readonly #firsts = new Map<string, { readonly value: V; readonly place: Place }>();

  /** @returns the existing one */
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
