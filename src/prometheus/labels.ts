import type { Attributes } from "@opentelemetry/api";
import { escapeName, type Escaping } from "../points/translation/escape-name.ts";
import { labelName, labelValue } from "../points/translation/label-name.ts";

/** A label with its final name. The value is not escaped yet. */
export type Label = readonly [name: string, value: string];

/** How label names are written. */
export interface LabelForm {
  /** Whether keys are translated to classic names before the scraper's escaping scheme applies. */
  readonly isTranslated: boolean;
  readonly escaping: Escaping;
}

/**
 * Returns the labels of a point: its attributes, then the other labels, unless an attribute has the same
 * name. Names are distinct: if several keys become the same name, their values are joined by `;` in the order
 * of the keys, as the specification says. A label with an empty value is left out, because Prometheus treats
 * it as absent.
 *
 * @param reserved a label that the writer sets itself. An attribute with this name gets the prefix
 *   `exported_`, as in Prometheus
 */
export function labelsOf(
  attributes: Attributes,
  others: readonly Label[],
  form: LabelForm,
  reserved?: string,
): Label[] {
  const labels = new Map<string, string>();
  const keys = Object.keys(attributes);
  const names = keys.map((key) => writtenName(key, form, reserved));
  // The order matters only if several keys become one name.
  const order = new Set(names).size < names.length ? keys.toSorted() : keys;
  for (const key of order) {
    const name = writtenName(key, form, reserved);
    const value = labelValue(attributes[key] ?? "");
    const before = labels.get(name);
    labels.set(name, before === undefined ? value : `${before};${value}`);
  }
  for (const [name, value] of others) if (!labels.has(name)) labels.set(name, value);
  return [...labels].filter(([, value]) => value !== "");
}

/** Returns the label name of an attribute. */
export function writtenName(key: string, form: LabelForm, reserved?: string): string {
  const { isTranslated, escaping } = form;
  const name = escapeLabel(isTranslated ? labelName(key) : key.toWellFormed(), escaping);
  // Prometheus uses `__name__` for the name of the metric.
  if (name === "__name__" || name === reserved) return `exported_${name}`;
  return name === "" ? "_" : name;
}

function escapeLabel(name: string, escaping: Escaping): string {
  const escaped = escapeName(name, escaping);
  // A colon is legal in a metric's name, not in a label's.
  return escaping === "allow-utf-8" ? escaped : escaped.replaceAll(":", "_");
}
