import type { LabelArgs } from "./handles.ts";

/** How every handle removes and hides series. */
export interface Removable<V> {
  /**
   * Removes the series of `labels`: readers get its last value once more, then it is gone. A later
   * measurement starts it again at zero.
   * @returns whether there was one; also false if a view drops a label, so that several label sets share one
   *   series
   */
  remove(...labels: LabelArgs<V>): boolean;
  /** Removes all series of the metric. */
  clear(): void;
  /**
   * Hides the series of `labels` from every attached reader. It keeps recording, and continues from there
   * when it is shown again.
   * @returns whether there is one that was not hidden
   */
  hide(...labels: LabelArgs<V>): boolean;
  /**
   * Lets readers see a hidden series again.
   * @returns whether there is one that was hidden
   */
  show(...labels: LabelArgs<V>): boolean;
}
