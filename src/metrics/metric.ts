import type { DistributionMetric } from "./distribution-metric.ts";
import type { HistogramMetric } from "./histogram-metric.ts";
import type { GaugeMetric, SumMetric } from "./number-handles.ts";

/** A registered metric with its series. */
export type Metric = SumMetric | GaugeMetric | HistogramMetric | DistributionMetric;
