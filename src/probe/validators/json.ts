import { isDeepStrictEqual } from "node:util";
import { describe, InvalidOptionError } from "../../shared/errors.ts";
import { optionsObject, textOption } from "../../shared/options.ts";
import type { Validator } from "../contract.ts";
import { bodyText } from "./body.ts";
import { jsonPath, valueAt } from "./json-path.ts";
import { matches, patternOption } from "./pattern.ts";
import { issuesOf, type StandardSchema } from "./standard-schema.ts";

/** Options of {@link jsonValidator}. */
export interface JsonValidatorOptions {
  /** The path of the value: `data.items[0]["odd key"]`. @default the whole body */
  readonly path?: string;
  /** What the value must be, by content. @default anything but undefined */
  readonly equals?: unknown;
  /** What it must match, as text. */
  readonly matches?: RegExp;
  /** A function that decides whether it is valid. */
  readonly test?: (value: unknown) => boolean;
  /** A schema of Zod, Valibot, ArkType or another library of the Standard Schema. */
  readonly schema?: StandardSchema;
  /** @default "json" */
  readonly name?: string;
}

/**
 * Passes bodies that are JSON with the right value at a path: `jsonValidator({ path: "status", equals: "ok" })`.
 * A body that is not JSON, or that was cut, fails.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function jsonValidator(options?: JsonValidatorOptions): Validator {
  const given = optionsObject("jsonValidator", options, [
    ...(["path", "equals", "matches", "test", "schema", "name"] as const),
  ]);
  const path = given.path === undefined ? [] : jsonPath(given.path);
  const pattern = given.matches && patternOption("jsonValidator.matches", given.matches);
  const { test, schema } = given;
  if (test !== undefined && typeof test !== "function") {
    throw new InvalidOptionError("jsonValidator.test", "a function", test);
  }
  if (schema !== undefined && typeof schema["~standard"]?.validate !== "function") {
    throw new InvalidOptionError("jsonValidator.schema", "a Standard Schema", schema);
  }
  const where = given.path ?? "the body";
  return {
    name: textOption("jsonValidator.name", given.name ?? "json"),
    async validate(observation) {
      const text = bodyText(observation);
      if (text === undefined) return "there is no body";
      if (observation.bodyTruncated) return "the body is longer than the limit, and was cut";
      const parsed = parse(text);
      if (parsed === undefined) return "the body is not JSON";
      const value = valueAt(parsed.value, path);
      if (value === undefined) return `there is no ${where}`;
      if ("equals" in given && !isDeepStrictEqual(value, given.equals)) {
        return `${where} is ${describe(value)}, expected ${describe(given.equals)}`;
      }
      if (pattern && !matches(pattern, textOf(value))) {
        return `${where} is ${describe(value)}, which does not match ${String(pattern)}`;
      }
      if (test && !test(value)) return `${where} is ${describe(value)}, which test rejects`;
      return schema && issuesOf(schema, value);
    },
  };
}

function parse(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
