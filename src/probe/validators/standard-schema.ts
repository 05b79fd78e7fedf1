/** A Standard Schema (https://standardschema.dev, version 1), as far as we use it. */
export interface StandardSchema {
  readonly "~standard": {
    readonly validate: (value: unknown) => SchemaResult | Promise<SchemaResult>;
  };
}

/** The result of a schema; it has issues if the value is invalid. */
export interface SchemaResult {
  readonly issues?: readonly SchemaIssue[] | undefined;
}

/** One reason why a value is invalid. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** The most issues in a message. */
const MAX_ISSUES = 3;

/** Why a value is invalid for a schema; undefined if it is valid. */
export async function issuesOf(
  schema: StandardSchema,
  value: unknown,
): Promise<string | undefined> {
  const { issues } = await schema["~standard"].validate(value);
  if (issues === undefined) return undefined;
  const said = issues.slice(0, MAX_ISSUES).map(({ message, path = [] }) => {
    const where = path.map((step) => String(typeof step === "object" ? step.key : step)).join(".");
    return where === "" ? message : `${where}: ${message}`;
  });
  return said.join("; ") || "the schema rejects it";
}
