import { Ajv } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";

/** The most faults that are listed. */
const MAX_FAULTS = 20;

/**
 * Compiles the caller's JSON Schema: as draft 2020-12 if its `$schema` says so, otherwise as draft 7.
 * Formats are notes for people, as in draft 2020-12.
 * @returns a function that gives the JSON pointers of invalid values
 *
 * Throws ajv's error if the schema is invalid.
 */
export function compileSchema(schema: object): (value: unknown) => readonly string[] {
  const { $schema } = schema as { readonly $schema?: unknown };
  const is2020 = typeof $schema === "string" && $schema.includes("2020-12");
  const options = { allErrors: true, allowUnionTypes: true, validateFormats: false };
  const validate = (is2020 ? new Ajv2020(options) : new Ajv(options)).compile(schema);
  return (value) => {
    if (validate(withNumbers(value))) return [];
    const pointers = (validate.errors ?? []).map(({ instancePath, params }) => {
      const key: unknown = (params as Readonly<Record<string, unknown>>)["additionalProperty"];
      return typeof key === "string" ? `${instancePath}/${escaped(key)}` : instancePath;
    });
    return [...new Set(pointers)].slice(0, MAX_FAULTS);
  };
}

/** A copy with numbers in place of big integers, which JSON Schema does not know. */
function withNumbers(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map(withNumbers);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, withNumbers(part)]));
}

function escaped(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}
