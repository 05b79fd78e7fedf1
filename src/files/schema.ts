import { Ajv, type ErrorObject, type SchemaObject, type ValidateFunction } from "ajv";
import { describe } from "../shared/errors.ts";
import { schemaSource } from "./schema-source.ts";

/** One violation of the schema. */
export interface SchemaFault {
  /** The JSON pointer of the part that is wrong. */
  readonly pointer: string;
  /** Whether the key that leads there is wrong, not its value. */
  readonly atKey: boolean;
  readonly message: string;
}

/** All violations of the published schema in `value`. */
export function schemaFaults(value: unknown): SchemaFault[] {
  validate ??= compile();
  if (validate(value)) return [];
  return (validate.errors ?? []).flatMap((error) => fault(error) ?? []);
}

let validate: ValidateFunction | undefined;

function compile(): ValidateFunction {
  const ajv = new Ajv({
    allErrors: true,
    verbose: true,
    allowUnionTypes: true,
    strictRequired: false,
  });
  // Editors show it too.
  ajv.addKeyword("errorMessage");
  return ajv.compile(schemaSource() as SchemaObject);
}

function fault(error: ErrorObject): SchemaFault | undefined {
  const { instancePath: pointer, keyword, parentSchema, data, propertyName } = error;
  const params = error.params as Readonly<Record<string, unknown>>;
  const here = (message: string): SchemaFault => ({ pointer, atKey: false, message });
  // Report a wrong key where the schema asks for it.
  if (propertyName !== undefined && keyword !== "propertyNames") return undefined;
  switch (keyword) {
    case "if":
      // The errors of its branch are in the list, too.
      return undefined;
    case "required":
      return here(`the key "${String(params["missingProperty"])}" is missing`);
    case "additionalProperties": {
      const key = String(params["additionalProperty"]);
      const known = Object.keys((parentSchema?.["properties"] ?? {}) as object).join(", ");
      return {
        pointer: pointerTo(pointer, key),
        atKey: true,
        message: `the key ${describe(key)} is unknown; known are ${known}`,
      };
    }
    case "propertyNames": {
      const key = String(params["propertyName"]);
      return {
        pointer: pointerTo(pointer, key),
        atKey: true,
        message: `the key ${describe(key)} must be ${String(ownMessage(error.schema))}`,
      };
    }
    case "not":
      return here(ownMessage(parentSchema) ?? String(error.message));
    default: {
      const expected = ownMessage(parentSchema) ?? expectation(keyword, params);
      const sentence = expected === undefined ? error.message : `must be ${expected}`;
      return here(`${partName(pointer)} ${String(sentence)}, got ${describe(data)}`);
    }
  }
}

/** The JSON pointer of a key of the object at `pointer`. */
function pointerTo(pointer: string, key: string): string {
  return `${pointer}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

/** The schema's own description of the value that it expects. */
function ownMessage(schema: unknown): string | undefined {
  return (schema as { readonly errorMessage?: string } | undefined)?.errorMessage;
}

/** What to call the part at a pointer: `the file`, `httpPort`, `buckets[2]`. */
function partName(pointer: string): string {
  const [, name, index] = /([^/]*?)(?:\/(\d+))?$/.exec(pointer) ?? [];
  if (!name) return "the file";
  const key = name.replaceAll("~1", "/").replaceAll("~0", "~");
  return index === undefined ? key : `${key}[${index}]`;
}

function expectation(
  keyword: string,
  params: Readonly<Record<string, unknown>>,
): string | undefined {
  switch (keyword) {
    case "type":
      return [params["type"]].flat().join(" or ");
    case "maxProperties":
      return `an object of at most ${String(params["limit"])} keys`;
    case "enum":
      return `one of ${(params["allowedValues"] as unknown[]).join(", ")}`;
    case "minimum":
      return `at least ${String(params["limit"])}`;
    case "exclusiveMinimum":
      return `more than ${String(params["limit"])}`;
    case "maximum":
      return `at most ${String(params["limit"])}`;
    case "minItems":
      return "a list of at least one";
    default:
      return undefined;
  }
}
