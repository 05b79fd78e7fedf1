import { InvalidOptionError } from "../../shared/errors.ts";
import { optionsObject, textOption } from "../../shared/options.ts";
import type { Observation, Validator } from "../contract.ts";
import { matches, patternOption } from "./pattern.ts";

/** Options of {@link bodyValidator}. */
export interface BodyValidatorOptions {
  /** What the body must match. @default anything */
  readonly matches?: RegExp;
  /** What it must not match. @default nothing */
  readonly notMatches?: RegExp;
  /** A text that it must contain. @default none */
  readonly includes?: string;
  /** @default "body" */
  readonly name?: string;
}

/**
 * Checks the body as UTF-8 text: `bodyValidator({ matches: /all systems go/i })`. A pattern that takes longer than
 * 20 ms fails.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function bodyValidator(options: BodyValidatorOptions): Validator {
  const given = optionsObject("bodyValidator", options, [
    ...(["matches", "notMatches", "includes", "name"] as const),
  ]);
  const wanted = given.matches && patternOption("bodyValidator.matches", given.matches);
  const unwanted = given.notMatches && patternOption("bodyValidator.notMatches", given.notMatches);
  const { includes } = given;
  if (wanted === undefined && unwanted === undefined && includes === undefined) {
    throw new InvalidOptionError("bodyValidator", "one of matches, notMatches, includes", options);
  }
  if (includes !== undefined && (typeof includes !== "string" || includes === "")) {
    throw new InvalidOptionError("bodyValidator.includes", "a text that is not empty", includes);
  }
  return {
    name: textOption("bodyValidator.name", given.name ?? "body"),
    validate(observation) {
      const text = bodyText(observation);
      if (text === undefined) return "there is no body";
      if (includes !== undefined && !text.includes(includes)) {
        return `the body does not contain ${JSON.stringify(includes)}`;
      }
      if (wanted && !matches(wanted, text)) return `the body does not match ${String(wanted)}`;
      if (unwanted && matches(unwanted, text)) return `the body matches ${String(unwanted)}`;
      return undefined;
    },
  };
}

/** The body as text; undefined if there is none. Invalid UTF-8 becomes U+FFFD. */
export function bodyText({ body }: Observation): string | undefined {
  return body === undefined ? undefined : new TextDecoder().decode(body);
}
