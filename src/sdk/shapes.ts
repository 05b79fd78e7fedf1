/** Whether a value is an object that may have fields. */
export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** Whether an object has all of these methods, of its own or inherited. */
export function hasMethods(object: object, ...names: readonly string[]): boolean {
  return names.every((name) => typeof (object as Record<string, unknown>)[name] === "function");
}
