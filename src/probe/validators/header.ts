import { InvalidOptionError } from "../../shared/errors.ts";
import { booleanOption, optionsObject, textOption } from "../../shared/options.ts";
import type { Validator } from "../contract.ts";
import { matches, patternOption } from "./pattern.ts";

/** Options of {@link headerValidator}. */
export interface HeaderValidatorOptions {
  /** What the value must match. @default anything */
  readonly matches?: RegExp;
  /** What it must not match. @default nothing */
  readonly notMatches?: RegExp;
  /** Whether an answer without the header passes. @default false */
  readonly allowMissing?: boolean;
  /** @default `header:` and the header's name */
  readonly name?: string;
}

/**
 * Passes answers with a header; upper and lower case do not matter: `headerValidator("Content-Type", { matches: /json/ })`.
 * Several values of one header are one text, joined by `, `.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function headerValidator(header: string, options?: HeaderValidatorOptions): Validator {
  const key = textOption("headerValidator.header", header).toLowerCase();
  if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(key)) {
    throw new InvalidOptionError("headerValidator.header", "the name of a header", header);
  }
  const given = optionsObject("headerValidator", options, [
    ...(["matches", "notMatches", "allowMissing", "name"] as const),
  ]);
  const wanted = given.matches && patternOption("headerValidator.matches", given.matches);
  const unwanted =
    given.notMatches && patternOption("headerValidator.notMatches", given.notMatches);
  const allowMissing = booleanOption("headerValidator.allowMissing", given.allowMissing, false);
  return {
    name:
      given.name === undefined ? `header:${key}` : textOption("headerValidator.name", given.name),
    validate({ headers }) {
      const value = headers !== undefined && Object.hasOwn(headers, key) ? headers[key] : undefined;
      if (value === undefined) return allowMissing ? undefined : `there is no header ${key}`;
      if (wanted && !matches(wanted, value))
        return `${JSON.stringify(value)} does not match ${String(wanted)}`;
      if (unwanted && matches(unwanted, value))
        return `${JSON.stringify(value)} matches ${String(unwanted)}`;
      return undefined;
    },
  };
}
