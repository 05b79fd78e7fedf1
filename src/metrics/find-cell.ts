import type { DropReason } from "./drops.ts";
import type { Cell, Series } from "./series.ts";

/**
 * Finds the cell of a label set. Reports a drop if there is none, or if it is the overflow cell. Labels that
 * throw when they are read count as wrong.
 */
export function findCell<C extends Cell>(
  series: Series<C>,
  labels: object | undefined,
  metric: { drop(reason: DropReason, detail: unknown): void },
): C | undefined {
  let cell: C | undefined;
  try {
    cell = series.find(labels as Readonly<Record<string, unknown>> | undefined);
  } catch {
    cell = undefined;
  }
  if (cell === undefined) metric.drop("wrong_labels", labels);
  else if (cell === series.overflow) metric.drop("overflow", labels);
  return cell;
}
