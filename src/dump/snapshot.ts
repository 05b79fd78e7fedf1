import type { Form } from "../metrics/form.ts";
import type { LabelValue } from "../metrics/labels.ts";
import type { Metric } from "../metrics/metric.ts";
import type { MetricRegistry } from "../metrics/registry.ts";
import type { MetricKind } from "../metrics/spec.ts";
import { InvalidOptionError } from "../shared/errors.ts";
import { integerOption, optionsObject } from "../shared/options.ts";
import { compareLabels, compareTexts, type Labels } from "./order.ts";
import { type BucketReading, type Reading, type Source, sourcesOf } from "./readings.ts";

/** Which part of a registry the snapshot has. */
export interface SnapshotOptions {
  /** Only metrics whose names begin with this text. @default all */
  readonly prefix?: string;
  /** The most series per metric, besides its overflow series. @default 50 */
  readonly maxSeries?: number;
  /** Whether histograms include their buckets. @default false */
  readonly buckets?: boolean;
}

/** One series as it is now. */
export interface SeriesSnapshot {
  /** Its labels, without the label for the state. */
  readonly labels: Labels;
  /** Whether it is the overflow series, beyond the metric's limit. */
  readonly isOverflow: boolean;
  readonly reading: Reading;
  /** The filled buckets of a distribution, ascending; where they were asked for. */
  readonly buckets?: readonly BucketReading[];
}

/** One metric as it is now. */
export interface MetricSnapshot {
  /** As it was declared. */
  readonly name: string;
  readonly kind: MetricKind;
  readonly unit: string;
  readonly help: string;
  /** The name of its Meter. */
  readonly meter: string;
  /** The name under which it is exported. */
  readonly exportedName: string;
  /** The attributes that every exported series has besides its labels. */
  readonly constantLabels: Labels;
  /** The declared labels, without the label for the state. */
  readonly labelKeys: readonly string[];
  /** Whether it is turned off, so that no reader sees it. No series is shown then. */
  readonly isOff: boolean;
  /** Sorted by the labels' values; the overflow series is the last. */
  readonly series: readonly SeriesSnapshot[];
  /** How many series there are beyond `maxSeries`. */
  readonly moreSeries: number;
  /** The series that it may have. */
  readonly seriesLimit: number;
}

/**
 * The current values of a registry's metrics, by name. Reads the callbacks of gauges, and changes nothing:
 * a reader collects the same afterwards as without this call.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function snapshot(
  registry: MetricRegistry,
  options: SnapshotOptions = {},
): MetricSnapshot[] {
  const { prefix = "", ...given } = optionsObject("snapshot", options, [
    "prefix",
    "maxSeries",
    "buckets",
  ]);
  if (typeof prefix !== "string") throw new InvalidOptionError("snapshot.prefix", "a text", prefix);
  const maxSeries = integerOption("snapshot.maxSeries", given.maxSeries, {
    min: 1,
    max: Number.MAX_SAFE_INTEGER,
    default: 50,
  });
  return Array.from(registry.metrics())
    .filter(({ spec }) => spec.name.startsWith(prefix))
    .toSorted(({ spec: a }, { spec: b }) =>
      a.name === b.name
        ? compareTexts(a.service.name, b.service.name)
        : compareTexts(a.name, b.name),
    )
    .map((metric) => metricSnapshot(metric, registry.form, maxSeries, given.buckets === true));
}

/** The current values of one metric, under the names of `form`. */
export function metricSnapshot(
  metric: Metric,
  form: Form,
  maxSeries: number,
  withBuckets: boolean,
): MetricSnapshot {
  const { spec, isOff } = metric;
  const keys = spec.labels.map(({ key }) => key);
  const labelKeys = spec.kind === "state" ? keys.slice(0, -1) : keys;
  const sources = isOff ? [] : sourcesOf(metric);
  const [overflow, own] = [true, false].map((is) =>
    sources.filter(({ isOverflow }) => isOverflow === is),
  );
  const sorted = own!.toSorted((a, b) => compareLabels(keys, a.labels, b.labels));
  return {
    name: spec.name,
    kind: spec.kind,
    unit: spec.unit,
    help: spec.help,
    meter: spec.service.name,
    exportedName: form.nameOf(spec),
    constantLabels: { ...(form.constantsOf(spec) as Labels | undefined) },
    labelKeys,
    isOff,
    series: [...sorted.slice(0, maxSeries), ...overflow!].map((source) =>
      seriesSnapshot(source, labelKeys, withBuckets),
    ),
    moreSeries: Math.max(0, sorted.length - maxSeries),
    seriesLimit: spec.maxSeries,
  };
}

function seriesSnapshot(
  source: Source,
  labelKeys: readonly string[],
  withBuckets: boolean,
): SeriesSnapshot {
  const labels: Record<string, LabelValue> = {};
  for (const key of labelKeys) {
    const value = source.labels[key];
    if (value !== undefined) labels[key] = value;
  }
  return {
    labels,
    isOverflow: source.isOverflow,
    reading: source.read(),
    ...(withBuckets && { buckets: source.buckets() }),
  };
}
