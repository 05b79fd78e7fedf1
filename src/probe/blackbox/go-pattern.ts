/** What Go's expressions have and JavaScript's mean something else by, or nothing. */
const FOREIGN = /\\[AzQEaCpP]|\[\[:|\(\?[a-zA-Z]*[U-]|\(\?[imsU]+:/;

/**
 * A regular expression of Go (RE2) for JavaScript; undefined for what is none here. Flags at the beginning
 * are carried over; what would mean another thing is not taken.
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
