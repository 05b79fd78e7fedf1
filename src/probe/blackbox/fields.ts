import { describe } from "../../shared/errors.ts";
import { goPattern } from "./go-pattern.ts";
import { durationMs, sizeBytes } from "./quantities.ts";

/** Reports a problem at a JSON pointer. */
export type Complain = (pointer: string, message: string) => void;

/** Reads the keys of one object of a configuration. `end` reports the keys that were not read. */
export class Fields {
  readonly pointer: string;
  readonly #complain: Complain;
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #left: Set<string>;

  constructor(pointer: string, value: unknown, complain: Complain) {
    this.pointer = pointer;
    this.#complain = complain;
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    if (!isObject && value !== undefined && value !== null) {
      complain(pointer, `must be an object, got ${describe(value)}`);
    }
    this.#values = isObject ? (value as Record<string, unknown>) : {};
    this.#left = new Set(Object.keys(this.#values));
  }

  text(key: string): string | undefined {
    return this.#read(key, "a text", (value) => (typeof value === "string" ? value : undefined));
  }

  flag(key: string, byDefault: boolean): boolean {
    const read = this.#read(key, "true or false", (value) => {
      return typeof value === "boolean" ? value : undefined;
    });
    return read ?? byDefault;
  }

  /** One of a few texts. */
  choice<const T extends string>(key: string, choices: readonly T[]): T | undefined {
    return this.#read(key, `one of ${choices.join(", ")}`, (value) =>
      choices.find((one) => one === value),
    );
  }

  duration(key: string): number | undefined {
    return this.#read(key, "a duration such as 5s", durationMs);
  }

  size(key: string): number | undefined {
    return this.#read(key, "a size such as 10MB", sizeBytes);
  }

  integers(key: string): number[] {
    return this.#list(key, "whole numbers", (value) =>
      Number.isInteger(value) ? (value as number) : undefined,
    );
  }

  texts(key: string): string[] {
    return this.#list(key, "texts", (value) => (typeof value === "string" ? value : undefined));
  }

  pattern(key: string): RegExp | undefined {
    return this.#read(key, "a regular expression that JavaScript has too", goPattern);
  }

  patterns(key: string): RegExp[] {
    return this.#list(key, "regular expressions that JavaScript has too", goPattern);
  }

  textsByName(key: string): Record<string, string> {
    const read = this.#read(key, "an object of texts", (value) => {
      if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
      const texts: Record<string, string> = {};
      for (const [name, text] of Object.entries(value as Record<string, unknown>)) {
        if (typeof text !== "string") return undefined;
        texts[name] = text;
      }
      return texts;
    });
    return read ?? {};
  }

  section(key: string): Fields {
    this.#left.delete(key);
    return new Fields(this.at(key), this.#values[key], this.#complain);
  }

  sections(key: string): Fields[] {
    const items = this.#read(key, "a list", (value) =>
      Array.isArray(value) ? (value as unknown[]) : undefined,
    );
    return (items ?? []).map(
      (item, index) => new Fields(`${this.at(key)}/${index}`, item, this.#complain),
    );
  }

  has(key: string): boolean {
    return Object.hasOwn(this.#values, key);
  }

  /** Reports a key of the real exporter that is not supported here. */
  unsupported(key: string, why: string): void {
    if (this.#left.delete(key)) this.#complain(this.at(key), `is not supported: ${why}`);
  }

  complain(key: string, message: string): void {
    this.#complain(this.at(key), message);
  }

  /** Reports the keys that were not read. */
  end(): void {
    for (const key of this.#left) this.#complain(this.at(key), "is not known");
  }

  at(key: string): string {
    return `${this.pointer}/${key}`;
  }

  #read<T>(key: string, expected: string, read: (value: unknown) => T | undefined): T | undefined {
    this.#left.delete(key);
    const value = this.#values[key];
    if (value === undefined || value === null) return undefined;
    const found = read(value);
    if (found === undefined)
      this.#complain(this.at(key), `must be ${expected}, got ${describe(value)}`);
    return found;
  }

  #list<T>(key: string, expected: string, read: (value: unknown) => T | undefined): T[] {
    const list = this.#read(key, `a list of ${expected}`, (value) => {
      if (!Array.isArray(value)) return undefined;
      const items = value.map(read);
      return items.includes(undefined) ? undefined : (items as T[]);
    });
    return list ?? [];
  }
}
