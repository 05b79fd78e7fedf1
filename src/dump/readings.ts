import { ExplicitHistogram, type ExplicitValue } from "../metrics/accumulate/explicit.ts";
import type { ExponentialValue } from "../metrics/accumulate/exponential.ts";
import { type DistributionCell, DistributionMetric } from "../metrics/distribution-metric.ts";
import type { Accumulator, HistogramCell, HistogramMetric } from "../metrics/histogram-metric.ts";
import { type NumberCell, NumberMetric } from "../metrics/number-metric.ts";
import type { Metric } from "../metrics/registry.ts";
import type { Cell } from "../metrics/series.ts";
import { messageOf } from "../shared/errors.ts";
import type { Labels } from "./order.ts";
import { quantile } from "./quantiles.ts";

/** What many measurements come to. */
export interface DistributionReading {
  readonly type: "distribution";
  readonly count: number;
  readonly sum: number;
  /** Undefined without measurements, as all that follow. */
  readonly mean: number | undefined;
  readonly min: number | undefined;
  readonly max: number | undefined;
  /** Estimates: see `quantile`. */
  readonly p50: number | undefined;
  readonly p90: number | undefined;
  readonly p99: number | undefined;
}

/** What a series holds now. */
export type Reading =
  | { readonly type: "number"; readonly value: number }
  | { readonly type: "state"; readonly value: string }
  | DistributionReading
  /** Nothing to report now: a gauge that was never set, or whose callback gives nothing. */
  | { readonly type: "none" }
  /** The callback of a gauge threw. */
  | { readonly type: "failed"; readonly message: string }
  /** The measurements went to an SDK, and only that knows what they come to. */
  | { readonly type: "sdk" };

/** A series, and how to learn what it holds. */
export interface Source {
  readonly labels: Labels;
  readonly isOverflow: boolean;
  /** Never throws. */
  read(): Reading;
}

/** The series of a metric. None is read yet: a callback may be slow. */
export function sourcesOf(metric: Metric): Source[] {
  if (metric instanceof NumberMetric) {
    return Array.from(metric.series.cells(), (cell) =>
      source(metric, cell, () => readNumber(metric, cell)),
    );
  }
  if (metric instanceof DistributionMetric || metric.isOwn) {
    return Array.from<OwnCell, Source>(metric.series.cells(), (cell) =>
      source(metric, cell, () => readDistribution(cell.accumulator, "none")),
    );
  }
  const early = earlyValues(metric);
  return Array.from(metric.series.cells(), (cell) =>
    source(metric, cell, () => readDistribution(early?.get(cell), early ? "none" : "sdk")),
  );
}

/** A cell that accumulates by itself. */
type OwnCell = DistributionCell | HistogramCell;

function source({ series }: Metric, cell: Cell, read: () => Reading): Source {
  const labels = cell.attributes as Labels;
  return { labels, isOverflow: cell === series.overflow, read };
}

function readDistribution(
  accumulator: Accumulator | undefined,
  otherwise: "none" | "sdk",
): Reading {
  return accumulator === undefined ? { type: otherwise } : distributionReading(accumulator.value());
}

function readNumber(metric: NumberMetric, cell: NumberCell): Reading {
  let value: number | undefined;
  try {
    value = cell.current();
  } catch (error) {
    return { type: "failed", message: messageOf(error) };
  }
  if (value === undefined) return { type: "none" };
  if (metric.spec.kind !== "state") return { type: "number", value };
  // The overflow series takes the states of many label sets, and so names none.
  const state = cell.attributes[metric.spec.labels.at(-1)!.key];
  return typeof state === "string" ? { type: "state", value: state } : { type: "none" };
}

/** What the measurements come to that wait for an SDK; undefined where one has taken any. */
function earlyValues({
  early,
  spec,
}: HistogramMetric): Map<HistogramCell, ExplicitHistogram> | undefined {
  if (early === undefined) return undefined;
  const byCell = new Map<HistogramCell, ExplicitHistogram>();
  for (const { cell, value } of early) {
    let histogram = byCell.get(cell);
    if (histogram === undefined) {
      byCell.set(cell, (histogram = new ExplicitHistogram(spec.buckets ?? [])));
    }
    histogram.record(value);
  }
  return byCell;
}

function distributionReading(value: ExplicitValue | ExponentialValue): DistributionReading {
  const { count, sum, min, max } = value;
  return {
    type: "distribution",
    count,
    sum,
    mean: count > 0 ? sum / count : undefined,
    min,
    max,
    p50: quantile(0.5, value),
    p90: quantile(0.9, value),
    p99: quantile(0.99, value),
  };
}
