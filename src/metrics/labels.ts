/** The type of a label's value. With a question mark the label is optional. */
export type LabelType = "string" | "int" | "boolean" | "string?" | "int?" | "boolean?";

/** The labels of a spec: a list of names, which all have text values, or names with types. */
export type LabelDeclaration = readonly string[] | Readonly<Record<string, LabelType>>;

type ValueOf<T extends LabelType> = T extends "string" | "string?"
  ? string
  : T extends "int" | "int?"
    ? number
    : boolean;

type RequiredKeys<L> = { [K in keyof L]: L[K] extends `${string}?` ? never : K }[keyof L];
type OptionalKeys<L> = { [K in keyof L]: L[K] extends `${string}?` ? K : never }[keyof L];
type Simplify<T> = { [K in keyof T]: T[K] };

/** The type of the label values for a declaration. */
export type LabelValues<L extends LabelDeclaration> = L extends readonly (infer K extends string)[]
  ? { readonly [P in K]: string }
  : L extends Readonly<Record<string, LabelType>>
    ? Simplify<
        { readonly [P in RequiredKeys<L>]: ValueOf<L[P]> } & {
          readonly [P in OptionalKeys<L>]?: ValueOf<L[P]> | undefined;
        }
      >
    : never;

/** The possible values of a label. */
export type LabelValue = string | number | boolean;

/** One declared label. */
export interface LabelDefinition {
  readonly key: string;
  readonly type: "string" | "int" | "boolean";
  readonly optional: boolean;
}

/** Returns the declaration as a list, in its original order. */
export function labelDefinitions(declaration: LabelDeclaration | undefined): LabelDefinition[] {
  if (declaration === undefined) return [];
  if (Array.isArray(declaration)) {
    return (declaration as readonly string[]).map((key) => ({
      key,
      type: "string",
      optional: false,
    }));
  }
  return Object.entries(declaration).map(([key, type]) => ({
    key,
    type: type.replace("?", "") as LabelDefinition["type"],
    optional: type.endsWith("?"),
  }));
}

/** Whether `value` has the declared type of the label. */
export function isLabelValue(label: LabelDefinition, value: unknown): value is LabelValue {
  switch (label.type) {
    case "string":
      return typeof value === "string";
    case "int":
      return Number.isSafeInteger(value);
    case "boolean":
      return typeof value === "boolean";
  }
}
