import type { Attributes } from "@opentelemetry/api";

/** Converts labels to attributes. The values are texts, as in Prometheus. */
export function attributesOf(
  labels: Readonly<Record<string, unknown>>,
  defaults: Readonly<Record<string, unknown>>,
  without?: string,
): Attributes {
  const attributes: Attributes = {};
  for (const [key, value] of [...Object.entries(labels), ...Object.entries(defaults)]) {
    // A label without a value is absent, and the default applies.
    const isNone = value === undefined || value === null || key === without;
    if (isNone || Object.hasOwn(attributes, key)) continue;
    // If a value cannot be converted to text, this throws, and the whole metric is left out.
    attributes[key] = textOf(value);
  }
  return attributes;
}

/** Converts any value to text, as the packages do for labels. */
function textOf(value: unknown): string {
  return (value as { toString(): string }).toString();
}
