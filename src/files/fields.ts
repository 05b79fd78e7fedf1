/** An object of a file. */
export type Fields = Readonly<Record<string, unknown>>;

/** The value if it is an object, otherwise an empty object. */
export function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}

/** The objects of a list with their pointers; none if the value is not a list. */
export function objectsIn(list: unknown, pointer: string): [pointer: string, item: Fields][] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((item: unknown, index) =>
    isFields(item) ? [[`${pointer}/${index}`, item] as [string, Fields]] : [],
  );
}

/** An id of a file as code would write it: an integer of the file that is exact becomes a bigint. */
export function exactId(value: unknown): unknown {
  return Number.isSafeInteger(value) ? BigInt(value as number) : value;
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
