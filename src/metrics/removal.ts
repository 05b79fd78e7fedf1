import type { Cell, Series } from "./series.ts";
import type { LabelArgs } from "./handles.ts";

/** What every handle can take away again. */
export interface Removable<V> {
  /**
   * Removes the series of `labels`: no attached reader sees it again, until something is recorded in it
   * anew, which begins at zero.
   * @returns whether there was one
   */
  remove(...labels: LabelArgs<V>): boolean;
  /** Removes all series of the metric. */
  clear(): void;
  /**
   * Takes the series of `labels` out of every attached reader for now. It takes what is recorded
   * meanwhile, and goes on where it was when it is shown again.
   * @returns whether there is one that was not hidden
   */
  hide(...labels: LabelArgs<V>): boolean;
  /**
   * Lets readers see a hidden series again.
   * @returns whether there is one that was hidden
   */
  show(...labels: LabelArgs<V>): boolean;
}

/** Removes the series of `labels` and lets its cell go. */
export function removeSeries<C extends Cell & { drop(): void }>(
  series: Series<C>,
  labels: object | undefined,
  forget: boolean,
): boolean {
  const cell = series.remove((labels ?? {}) as Readonly<Record<string, unknown>>, forget);
  cell?.drop();
  return cell !== undefined;
}

/** Removes all series, and lets their cells go. */
export function clearSeries<C extends Cell & { drop(): void }>(
  series: Series<C>,
  forget: boolean,
): void {
  for (const { attributes } of [...series.cells(), ...series.hidden()]) {
    removeSeries(series, attributes, forget);
  }
}
