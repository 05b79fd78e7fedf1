// Written by `taskmon types` from metrics.yaml. Do not edit.
import type { MetricSpec } from "taskmon/metrics";

/** The specs of the file, for `loadMetricSpecs<Specs>()`. */
export interface Specs {
  /** Orders placed by customers. Unit: {order} */
  readonly "shop.orders.placed": MetricSpec<
    "counter",
    { readonly currency: string; readonly channel: string }
  >;
  /** The time from the first item to the order. Unit: s */
  readonly "shop.checkout.duration": MetricSpec<
    "histogram",
    { readonly channel: string; readonly returning: boolean; readonly coupon?: string | undefined }
  >;
  /** Parcels handed to a carrier. Unit: 1 */
  readonly op_b1e5a7c39d20f468_a3c5e7092b4d6f81: MetricSpec<"counter", {}>;
  /** Parcels that wait for a carrier. Unit: 1 */
  readonly op_b1e5a7c39d20f468_c4d8e2f6a0b19375: MetricSpec<"gauge", { readonly carrier: string }>;
}
