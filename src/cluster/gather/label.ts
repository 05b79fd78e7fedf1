import type { Attributes } from "@opentelemetry/api";

/**
 * Adds a label to the attributes. An attribute with the same name in Prometheus becomes `exported_…`, as
 * Prometheus does with scraped labels.
 */
export function withLabel(attributes: Attributes, label: string, value: string): Attributes {
  const labelled: Attributes = {};
  for (const [key, own] of Object.entries(attributes)) labelled[freeName(key, label)] = own;
  labelled[label] = value;
  return labelled;
}

function freeName(key: string, label: string): string {
  // Skip the slower check below for nearly all keys.
  if (!key.endsWith(label) && !/[^a-zA-Z0-9_]/.test(key)) return key;
  return sanitized(key) === label ? `exported_${label}` : key;
}

/** Returns the name as OpenTelemetry's exporter writes it. */
function sanitized(key: string): string {
  return key.replaceAll(/[^a-zA-Z0-9_]/g, "_").replaceAll(/_{2,}/g, "_");
}
