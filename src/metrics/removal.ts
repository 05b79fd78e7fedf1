import type { LabelArgs } from "./handles.ts";

/** What every handle can take away again. */
export interface Removable<V> {
  /**
   * Removes the series of `labels`: what a reader has not yet seen of it is told once more, then it is
   * gone, until something is recorded in it anew, which begins at zero.
   * @returns whether there was one; false also where a view drops a label, so that series of several label
   *   sets are one
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
