/**
 * Returns the name of a label in classic Prometheus. Each run of illegal characters becomes one `_`. A name
 * that begins with a digit gets the prefix `key_`, as in the OpenTelemetry Collector.
 */
export function labelName(key: string): string {
  const legal = key.replaceAll(/[^A-Za-z0-9]+/g, "_");
  if (legal === "") return "_";
  return /^[0-9]/.test(legal) ? `key_${legal}` : legal;
}

/**
 * Returns the text of an attribute's value: strings unchanged, anything else as JSON. A lone surrogate, which
 * has no encoding, becomes U+FFFD.
 */
export function labelValue(value: unknown): string {
  if (typeof value === "string") return value.toWellFormed();
  try {
    return (JSON.stringify(value) ?? "").toWellFormed();
  } catch {
    // The value is a bigint or contains itself.
    return String(value).toWellFormed();
  }
}
