/**
 * The name of a label in classic Prometheus: `_` for whatever it may not hold, and one `_` where there
 * would be several. A name that begins with a digit gets `key_` before it, as the OpenTelemetry
 * Collector writes it.
 */
export function labelName(key: string): string {
  const legal = key.replaceAll(/[^A-Za-z0-9]+/g, "_");
  if (legal === "") return "_";
  return /^[0-9]/.test(legal) ? `key_${legal}` : legal;
}

/**
 * The text of an attribute's value: texts as they are, anything else as JSON. What is no whole
 * character, which no encoding has, is U+FFFD.
 */
export function labelValue(value: unknown): string {
  if (typeof value === "string") return value.toWellFormed();
  try {
    return (JSON.stringify(value) ?? "").toWellFormed();
  } catch {
    // A bigint, or something that contains itself.
    return String(value).toWellFormed();
  }
}
