import { type IdInput, parseId } from "../../identity/id.ts";
import { choiceOption, keysOf, optionsObject, textOption } from "../../shared/options.ts";

/**
 * What kind of trouble an error is: a `bug` is what nobody foresaw; a `known_edge_case` what was, such as
 * a broken connection; `config` a wrong or missing configuration.
 */
export type ErrorType = "bug" | "known_edge_case" | "config";

/** The severity of an error. The app's policy decides whether a `fatal` error ends the app. */
export type ErrorSeverity = "low" | "medium" | "high" | "fatal";

/** A kind of error: the common properties of all errors with one id. */
export interface ErrorSpec {
  /** The 64-bit id of the kind, which never changes; zero for bugs. */
  readonly id: bigint;
  /** For people: `PaymentDeclined`. */
  readonly name: string;
  readonly type: ErrorType;
  readonly severity: ErrorSeverity;
}

/** The input of {@link defineError}. */
export interface ErrorSpecInput {
  /** Unique among your errors. Zero is the id of bugs. */
  readonly id: IdInput;
  /** For people; no dynamic parts. */
  readonly name: string;
  /** @default "known_edge_case" */
  readonly type?: ErrorType;
  /** @default "medium" */
  readonly severity?: ErrorSeverity;
}

/**
 * Declares a kind of error.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function defineError(input: ErrorSpecInput): ErrorSpec {
  const given = optionsObject<ErrorSpecInput>("error", input, KEYS);
  return Object.freeze({
    id: parseId("error.id", given.id),
    name: textOption("error.name", given.name),
    type: choiceOption("error.type", given.type, ["known_edge_case", "bug", "config"]),
    severity: choiceOption("error.severity", given.severity, ["medium", "low", "high", "fatal"]),
  });
}

const KEYS = keysOf<ErrorSpecInput>({ id: true, name: true, type: true, severity: true });
