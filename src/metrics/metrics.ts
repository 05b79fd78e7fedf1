import { defineCounter, type MetricSpec } from "./spec.ts";

/** Counts measurements that a handle dropped or put into its overflow series. */
export const measurementsDropped: MetricSpec<"counter", { readonly "taskmon.reason": string }> =
  defineCounter({
    service: { id: "0x7461736b6d6f6e01", name: "taskmon.metrics" },
    id: "0x1",
    name: "taskmon.measurements.dropped",
    help: "Measurements that were dropped, or counted in an overflow series, by reason.",
    unit: "{measurement}",
    labels: ["taskmon.reason"],
  });
