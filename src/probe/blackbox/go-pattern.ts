/** What Go's expressions have and JavaScript's mean something else by, or nothing. */
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
