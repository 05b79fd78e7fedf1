import type { AttachableReader } from "./types.ts";
import type { ViewSource } from "./views.ts";

/** What one reader wants of what it is given: its own choices, and the views of its provider. */
export interface ReaderSource {
  readonly reader: Pick<
    AttachableReader,
    | "selectAggregationTemporality"
    | "selectAggregation"
    | "selectCardinalityLimit"
    | "nativeHistograms"
  >;
  /** Undefined before a MeterProvider has taken the reader, and where the provider's views are not found. */
  views(): ViewSource | undefined;
}
