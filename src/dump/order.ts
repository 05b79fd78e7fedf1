import type { LabelValue } from "../metrics/labels.ts";

/** Label values by label. */
export type Labels = Readonly<Record<string, LabelValue>>;

/** By UTF-16 code units, the same in every locale. */
export function compareTexts(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/**
 * By the values of the labels in this order: a series without the label comes first, numbers go by
 * their size, everything else as text.
 */
export function compareLabels(keys: readonly string[], a: Labels, b: Labels): number {
  for (const key of keys) {
    const order = compareValues(a[key], b[key]);
    if (order !== 0) return order;
  }
  return 0;
}

function compareValues(a: LabelValue | undefined, b: LabelValue | undefined): number {
  if (a === undefined || b === undefined) return Number(b === undefined) - Number(a === undefined);
  if (typeof a === "number" && typeof b === "number") return a - b;
  return compareTexts(String(a), String(b));
}
