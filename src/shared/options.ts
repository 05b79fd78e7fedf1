import { InvalidOptionError } from "./errors.ts";

/** Bounds and default of a number option. */
export interface NumberOption {
  readonly min: number;
  readonly max: number;
  readonly default: number;
}

/** The names of an interface's options. An incomplete list does not compile. */
export function keysOf<T extends object>(
  keys: Readonly<Record<keyof T & string, true>>,
): readonly (keyof T & string)[] {
  return Object.keys(keys) as (keyof T & string)[];
}

/** Checks an optional options object; rejects any other value, and unknown keys. */
export function optionsObject<T extends object>(
  option: string,
  value: T | undefined,
  known: readonly (keyof T & string)[],
): Partial<T> {
  if (value === undefined) return {};
  if (!isPlainObject(value)) throw new InvalidOptionError(option, "an object", value);
  for (const key of Object.keys(value)) {
    if (!(known as readonly string[]).includes(key)) {
      throw new InvalidOptionError(`${option}.${key}`, `one of ${known.join(", ")}`, key);
    }
  }
  return value;
}

/** A number within its bounds, or its default if the option is omitted. */
export function numberOption(option: string, value: unknown, bounds: NumberOption): number {
  if (value === undefined) return bounds.default;
  if (typeof value !== "number" || !(value >= bounds.min && value <= bounds.max)) {
    throw new InvalidOptionError(option, `a number from ${bounds.min} to ${bounds.max}`, value);
  }
  return value;
}

/** Like {@link numberOption}, whole numbers only. */
export function integerOption(option: string, value: unknown, bounds: NumberOption): number {
  const number = numberOption(option, value, bounds);
  if (!Number.isInteger(number)) {
    throw new InvalidOptionError(
      option,
      `a whole number from ${bounds.min} to ${bounds.max}`,
      value,
    );
  }
  return number;
}

/** A text that is not blank, has no control characters, and has at most `maxLength` characters. */
export function textOption(option: string, value: unknown, maxLength = 255): string {
  if (typeof value !== "string" || value.trim() === "") {
    throw new InvalidOptionError(option, "a text that is not blank", value);
  }
  if (value.length > maxLength) {
    throw new InvalidOptionError(option, `at most ${maxLength} characters long`, value);
  }
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(value)) {
    throw new InvalidOptionError(option, "a text without control characters", value);
  }
  return value;
}

/** A boolean, or its default if the option is omitted. */
export function booleanOption(option: string, value: unknown, byDefault: boolean): boolean {
  if (value === undefined) return byDefault;
  if (typeof value !== "boolean") throw new InvalidOptionError(option, "true or false", value);
  return value;
}

/** One of a few texts, or the first of them if the option is omitted. */
export function choiceOption<const T extends string>(
  option: string,
  value: unknown,
  choices: readonly [T, ...T[]],
): T {
  if (value === undefined) return choices[0];
  const choice = choices.find((known) => known === value);
  if (choice === undefined) {
    throw new InvalidOptionError(option, `one of ${choices.join(", ")}`, value);
  }
  return choice;
}

/** An object that has all the named methods. */
export function methodsOption<T extends object>(
  option: string,
  value: T,
  methods: readonly (keyof T & string)[],
): T {
  const missing =
    typeof value === "object" && value !== null
      ? methods.find((method) => typeof value[method] !== "function")
      : methods[0];
  if (missing !== undefined) {
    throw new InvalidOptionError(option, `an object with a method ${missing}()`, value);
  }
  return value;
}

function isPlainObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
