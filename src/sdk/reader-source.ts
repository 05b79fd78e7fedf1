import type { AttachableReader } from "./types.ts";
import type { ViewSource } from "./views.ts";

/** The choices of one reader, and the views of its provider. */
export interface ReaderSource {
  readonly reader: Pick<
    AttachableReader,
    | "selectAggregationTemporality"
    | "selectAggregation"
    | "selectCardinalityLimit"
    | "nativeHistograms"
  >;
  /**
   * Returns the views. Undefined before a MeterProvider has taken the reader, and if the provider's views are
   * not found.
   */
  views(): ViewSource | undefined;
}
