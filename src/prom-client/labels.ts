import type { Attributes } from "@opentelemetry/api";

/** The attributes of labels, as texts, since that is what Prometheus would have been shown. */
export function attributesOf(
  labels: Readonly<Record<string, unknown>>,
  defaults: Readonly<Record<string, unknown>>,
  without?: string,
): Attributes {
  const attributes: Attributes = {};
  for (const [key, value] of [...Object.entries(labels), ...Object.entries(defaults)]) {
    // A label without a value is none, and does not hide the default.
    const isNone = value === undefined || value === null || key === without;
    if (isNone || Object.hasOwn(attributes, key)) continue;
    // A label whose text cannot be made throws, and takes its metric with it.
    attributes[key] = textOf(value);
  }
  return attributes;
}

/** The text of anything that has one, which is how the packages write labels. */
function textOf(value: unknown): string {
  return (value as { toString(): string }).toString();
}
