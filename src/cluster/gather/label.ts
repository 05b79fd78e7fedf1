import type { Attributes } from "@opentelemetry/api";

/**
 * The attributes with one more label. One of their own that would come out under the same name at
 * Prometheus becomes `exported_…`, as Prometheus does with labels of what it scrapes.
 */
export function withLabel(attributes: Attributes, label: string, value: string): Attributes {
  const labelled: Attributes = {};
  for (const [key, own] of Object.entries(attributes)) labelled[freeName(key, label)] = own;
  labelled[label] = value;
  return labelled;
}

function freeName(key: string, label: string): string {
  // Nearly no key is like that, and the check below is not free.
  if (!key.endsWith(label) && !/[^a-zA-Z0-9_]/.test(key)) return key;
  return sanitized(key) === label ? `exported_${label}` : key;
}

/** As OpenTelemetry's exporter writes it. */
function sanitized(key: string): string {
  return key.replaceAll(/[^a-zA-Z0-9_]/g, "_").replaceAll(/_{2,}/g, "_");
}
