import type { DistributionMetric } from "./distribution-metric.ts";
import type { HistogramMetric } from "./histogram-metric.ts";
import type { NumberMetric } from "./number-metric.ts";

/** A registered metric with its series. */
export type Metric = NumberMetric | HistogramMetric | DistributionMetric;
