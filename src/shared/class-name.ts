/** Minifiers shorten class names to so many letters: three are enough for 100,000 names. */
const MINIFIED_LENGTH = 3;

/** The name of an object's class, or `fallback` where there is none or a minifier has shortened it. */
export function classNameOf(value: object, fallback: string): string {
  const name = (value.constructor as { readonly name?: unknown } | undefined)?.name;
  return typeof name === "string" && name.length > MINIFIED_LENGTH ? name : fallback;
}
