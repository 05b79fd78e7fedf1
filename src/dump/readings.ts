import type { HistogramCell } from "../metrics/histogram-metric.ts";
import type { DistributionCell } from "../metrics/distribution-metric.ts";
import { type NumberCell, NumberMetric } from "../metrics/number-metric.ts";
import type { Metric } from "../metrics/metric.ts";
import type { Cell } from "../metrics/series.ts";
import type { ExponentialHistogramLike, HistogramLike } from "../points/types.ts";
import { messageOf } from "../shared/errors.ts";
import type { Labels } from "./order.ts";
import { bucketsOf, quantile } from "./quantiles.ts";

/** The summary of many measurements. */
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

/** How many measurements lie above `from` and up to `to`. */
export interface BucketReading {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** The current value of a series. */
export type Reading =
  | { readonly type: "number"; readonly value: number }
  | { readonly type: "state"; readonly value: string }
  | DistributionReading
  /** Nothing to report now: a gauge that was never set, or whose callback gives nothing. */
  | { readonly type: "none" }
  /** The callback of a gauge threw. */
  | { readonly type: "failed"; readonly message: string };

/** A series, with a function that reads its value. */
export interface Source {
  readonly labels: Labels;
  readonly isOverflow: boolean;
  /** Never throws. */
  read(): Reading;
  /** The filled buckets of a distribution, ascending; empty for everything else. */
  buckets(): BucketReading[];
}

/** The series of a metric. None is read yet: a callback may be slow. */
export function sourcesOf(metric: Metric): Source[] {
  if (metric instanceof NumberMetric) {
    return [...metric.series.cells()]
      .filter(({ isHidden }) => !isHidden)
      .map((cell) =>
        source(
          metric,
          cell,
          () => readNumber(metric, cell),
          () => [],
        ),
      );
  }
  const cells: (HistogramCell | DistributionCell)[] = [...metric.series.cells()];
  return cells
    .filter(({ isHidden }) => !isHidden)
    .map((cell) =>
      source(
        metric,
        cell,
        () => readHistogram(cell),
        () => bucketsIn(cell.accumulator?.value()),
      ),
    );
}

function source(
  { series }: Metric,
  cell: Cell,
  read: () => Reading,
  buckets: Source["buckets"],
): Source {
  const labels = cell.attributes as Labels;
  return { labels, isOverflow: cell === series.overflow, read, buckets };
}

function readHistogram(cell: HistogramCell | DistributionCell): Reading {
  const value = cell.accumulator?.value();
  return value === undefined ? { type: "none" } : distributionReading(value);
}

function bucketsIn(value: HistogramLike | ExponentialHistogramLike | undefined): BucketReading[] {
  return value === undefined ? [] : bucketsOf(value);
}

function readNumber(metric: NumberMetric, cell: NumberCell): Reading {
  let value: number | undefined;
  try {
    value = readOf(cell);
  } catch (error) {
    return { type: "failed", message: messageOf(error) };
  }
  if (value === undefined) return { type: "none" };
  if (metric.spec.kind !== "state") return { type: "number", value };
  // The overflow series holds the states of many label sets, so it names no state.
  const state = cell.attributes[metric.spec.labels.at(-1)!.key];
  return typeof state === "string" ? { type: "state", value: state } : { type: "none" };
}

function readOf({ read, value }: NumberCell): number | undefined {
  const now = read === undefined ? value : read();
  return now !== undefined && Number.isFinite(now) ? now : undefined;
}

function distributionReading(value: HistogramLike | ExponentialHistogramLike): DistributionReading {
  const { count, sum = 0, min, max } = value;
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
