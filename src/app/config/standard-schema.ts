/**
 * Validates a configuration: any object with the interface of Standard Schema, version 1, which zod, valibot and
 * arktype implement (https://standardschema.dev).
 */
export interface StandardSchema<T> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    validate(value: unknown): StandardResult<T> | Promise<StandardResult<T>>;
  };
}

/** The result of a validation. */
export type StandardResult<T> =
  | { readonly value: T; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

/** One problem. */
export interface StandardIssue {
  /** May repeat the value that it is about, so it is not shown. */
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** The JSON pointer of an issue. */
export function pointerOf({ path = [] }: StandardIssue): string {
  return path
    .map((part) => String(typeof part === "object" ? part.key : part))
    .map((key) => `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`)
    .join("");
}
