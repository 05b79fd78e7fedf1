import type { Attributes } from "@opentelemetry/api";
import { escapeName, type Escaping } from "../points/translation/escape-name.ts";
import { labelName, labelValue } from "../points/translation/label-name.ts";

/** A label as it is written, its value not yet quoted. */
export type Label = readonly [name: string, value: string];

/** How the names of labels are made. */
export interface LabelForm {
  /** Whether keys become classic names before the scraper's scheme is asked. */
  readonly isTranslated: boolean;
  readonly escaping: Escaping;
}

/**
 * The labels of a point: its attributes, then those that others put on it, which give way to them. Names
 * are distinct: the values of keys that come to one name are joined by `;` in the order of the keys, as
 * the specification says. An empty value is an absent label, which is what Prometheus makes of it.
 *
 * @param reserved a name that the writer sets itself; an attribute of that name gets `exported_` before
 *   it, as Prometheus does
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
  // Only where keys meet in one name does their order matter.
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

/** The name of an attribute's label. */
export function writtenName(key: string, form: LabelForm, reserved?: string): string {
  const { isTranslated, escaping } = form;
  const name = escapeLabel(isTranslated ? labelName(key) : key.toWellFormed(), escaping);
  // Prometheus keeps that name for the metric's.
  if (name === "__name__" || name === reserved) return `exported_${name}`;
  return name === "" ? "_" : name;
}

function escapeLabel(name: string, escaping: Escaping): string {
  const escaped = escapeName(name, escaping);
  // What is legal in a metric's name is not all legal in a label's.
  return escaping === "allow-utf-8" ? escaped : escaped.replaceAll(":", "_");
}
