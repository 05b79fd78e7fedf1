import { InvalidOptionError, messageOf } from "../../shared/errors.ts";
import type { StandardSchema } from "./standard-schema.ts";

/**
 * A validator for configurations from a JSON Schema: draft 2020-12 where its `$schema` says so, otherwise
 * draft 7. It changes nothing and fills in no defaults; formats are not checked. Loads ajv.
 *
 * Rejects with an InvalidOptionError `ERR_TASKMON_INVALID_OPTION` for what is no JSON Schema.
 * @typeParam T what the schema describes; it is not derived from it
 */
export async function jsonSchema<T = unknown>(
  schema: Readonly<Record<string, unknown>>,
): Promise<StandardSchema<T>> {
  if (typeof schema !== "object" || schema === null || Array.isArray(schema)) {
    throw new InvalidOptionError("jsonSchema", "a JSON Schema", schema);
  }
  const { compileSchema } = await import("../../files/own-schema.ts");
  let faultsOf: (value: unknown) => readonly string[];
  try {
    faultsOf = compileSchema(schema);
  } catch (error) {
    const expected = `a JSON Schema (${messageOf(error)})`;
    throw new InvalidOptionError("jsonSchema", expected, schema);
  }
  return {
    "~standard": {
      version: 1,
      vendor: "taskmon",
      validate(value) {
        const pointers = faultsOf(value);
        if (pointers.length === 0) return { value: value as T };
        return { issues: pointers.map((pointer) => ({ message: "wrong", path: keysOf(pointer) })) };
      },
    },
  };
}

function keysOf(pointer: string): string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
}
