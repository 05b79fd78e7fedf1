/** The escaping schemes for names that a scraper does not support, as they are named in `Accept`. */
export const ESCAPINGS = ["underscores", "allow-utf-8", "dots", "values"] as const;

/** How the names of metrics and labels are escaped for one scraper. */
export type Escaping = (typeof ESCAPINGS)[number];

/**
 * Escapes a name. The result is the same as that of Prometheus' `EscapeName` (prometheus/common, model), even
 * where the documentation of the escaping schemes differs.
 */
export function escapeName(name: string, escaping: Escaping): string {
  if (escaping === "allow-utf-8" || name === "") return name;
  if (escaping !== "dots" && isClassicName(name)) return name;
  let escaped = escaping === "values" ? "U__" : "";
  let first = true;
  for (const rune of name) {
    escaped +=
      isClassicRune(rune, first) && !(rune === "_" && escaping !== "underscores")
        ? rune
        : ESCAPES[escaping](rune);
    first = false;
  }
  return escaped;
}

/** Whether every version of Prometheus accepts the name unchanged. Colons are legal in metric names only. */
export function isClassicName(name: string): boolean {
  return /^[A-Za-z_:][A-Za-z0-9_:]*$/.test(name);
}

const ESCAPES: Readonly<Record<Exclude<Escaping, "allow-utf-8">, (rune: string) => string>> = {
  underscores: () => "_",
  dots: (rune) => (rune === "." ? "_dot_" : "__"),
  values: (rune) => (rune === "_" ? "__" : `_${rune.codePointAt(0)!.toString(16)}_`),
};

function isClassicRune(rune: string, first: boolean): boolean {
  return first ? /^[A-Za-z_:]$/.test(rune) : /^[A-Za-z0-9_:]$/.test(rune);
}
