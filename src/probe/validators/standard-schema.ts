/** A schema as https://standardschema.dev has it, version 1, as far as it is used here. */
export interface StandardSchema {
  readonly "~standard": {
    readonly validate: (value: unknown) => SchemaResult | Promise<SchemaResult>;
  };
}

/** What a schema answers: issues where the value does not fit. */
export interface SchemaResult {
  readonly issues?: readonly SchemaIssue[] | undefined;
}

/** One reason why a value does not fit. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** So many issues are said. */
const MAX_ISSUES = 3;

/** Why a value does not fit a schema; undefined where it does. */
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
  return said.join("; ") || "the schema refuses it";
}
