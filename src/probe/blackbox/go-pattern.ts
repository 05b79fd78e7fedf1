/** Syntax of Go's regular expressions that is invalid or has another meaning in JavaScript. */
const FOREIGN = /\\[AzQEaCpP]|\[\[:|\(\?[a-zA-Z]*[U-]|\(\?[imsU]+:/;

/**
 * Translates a regular expression of Go (RE2) to JavaScript; undefined if that is not possible. Flags at
 * the beginning are translated; syntax with another meaning is rejected.
 */
export function goPattern(value: unknown): RegExp | undefined {
  if (typeof value !== "string") return undefined;
  const [flagged = "", flags = ""] = /^\(\?([ims]+)\)/.exec(value) ?? [];
  const source = value.slice(flagged.length).replaceAll("(?P<", "(?<");
  if (FOREIGN.test(source) || /\(\?[ims]+\)/.test(source)) return undefined;
  try {
    return new RegExp(source, [...new Set(flags)].join(""));
  } catch {
    return undefined;
  }
}
