import { parseId } from "../identity/id.ts";
import { InvalidOptionError } from "../shared/errors.ts";
import {
  choiceOption,
  integerOption,
  type NumberOption,
  numberOption,
  textOption,
} from "../shared/options.ts";

/** Parses the text of a variable. Throws an InvalidOptionError that names the variable. */
export type Parse<T> = (variable: string, text: string) => T;

/** Any text that is not blank. */
export const text: Parse<string> = (variable, value) => textOption(variable, value);

/** `true` or `false`, in capitals or not, as OpenTelemetry's own variables have it. */
export const boolean: Parse<boolean> = (variable, value) => {
  const lower = value.toLowerCase();
  if (lower === "true" || lower === "false") return lower === "true";
  throw new InvalidOptionError(variable, "true or false", value);
};

/** A number that is digits alone, with a fraction if need be. */
export function number(min: number, max: number): Parse<number> {
  return (variable, value) => numberOption(variable, numeric(value), bounds(min, max));
}

/** The same without a fraction. */
export function integer(min: number, max: number): Parse<number> {
  return (variable, value) => integerOption(variable, numeric(value), bounds(min, max));
}

/** A port, The port; 0 picks a free one. */
export const port: Parse<number> = integer(0, 65_535);

/** A 64-bit id. */
export const id: Parse<bigint> = parseId;

/** One of a few words. */
export function choice<const T extends string>(...choices: readonly [T, ...T[]]): Parse<T> {
  return (variable, value) => choiceOption(variable, value.toLowerCase(), choices);
}

/** The number; the text itself if it is not a number, so that the error shows it. */
function numeric(value: string): number | string {
  return /^\d+(\.\d+)?$/.test(value) ? Number(value) : value;
}

function bounds(min: number, max: number): NumberOption {
  return { min, max, default: min };
}
