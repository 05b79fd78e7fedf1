import type { Attributes } from "@opentelemetry/api";
import { attributesKey } from "../points/series-map.ts";
import {
  CUMULATIVE,
  GAUGE,
  HISTOGRAM,
  type HistogramLike,
  type MetricDataLike,
  SUM,
} from "../points/types.ts";
import { attributesOf } from "./labels.ts";
import type { PromReading, PromValue } from "./registry.ts";

/** A metric in the form of the SDK, with the values of its series. */
export interface BridgedMetric {
  readonly data: MetricDataLike;
  readonly series: readonly { readonly attributes: Attributes; readonly value: unknown }[];
}

type Labels = Readonly<Record<string, unknown>>;

/** The SDK's `ValueType.DOUBLE`. */
const DOUBLE = 1;

/**
 * Converts a metric of the registry: a counter becomes a monotonic sum, a gauge a gauge, a histogram a
 * histogram. A summary has no counterpart: it becomes a gauge of its quantiles and two sums, with the names
 * that Prometheus uses. Throws if the values are invalid.
 */
export function bridged(reading: PromReading, defaults: Labels): BridgedMetric[] {
  switch (reading.type) {
    case "counter":
      return [numbers(counter(reading.name, reading.help), reading.values, defaults)];
    case "gauge":
      return [numbers(gauge(reading.name, reading.help), reading.values, defaults)];
    case "histogram":
      return [histogram(reading, defaults)];
    case "summary":
      return summary(reading, defaults);
    default:
      throw new TypeError(`${reading.name} is a ${reading.type}, which has no counterpart`);
  }
}

function numbers(
  data: MetricDataLike,
  values: readonly PromValue[],
  defaults: Labels,
): BridgedMetric {
  const isSum = data.dataPointType === SUM;
  const series = values
    // A counter with NaN or a negative value is left out. A gauge may be NaN.
    .filter(
      ({ value }) => typeof value === "number" && (!isSum || (value >= 0 && value < Infinity)),
    )
    .map(({ labels = {}, value }) => ({ attributes: attributesOf(labels, defaults), value }));
  return { data, series };
}

function histogram({ name, help, values }: PromReading, defaults: Labels): BridgedMetric {
  const bySeries = new Map<string, { attributes: Attributes; samples: PromValue[] }>();
  for (const sample of values) {
    const attributes = attributesOf(sample.labels ?? {}, defaults, "le");
    const key = attributesKey(attributes);
    const known = bySeries.get(key);
    if (known === undefined) bySeries.set(key, { attributes, samples: [sample] });
    else known.samples.push(sample);
  }
  return {
    data: metric(name, help, HISTOGRAM),
    series: Array.from(bySeries.values(), ({ attributes, samples }) => ({
      attributes,
      value: histogramValue(name, samples),
    })),
  };
}

function histogramValue(name: string, samples: readonly PromValue[]): HistogramLike {
  const valueOf = (suffix: string): number | undefined =>
    samples.find(({ metricName }) => metricName === `${name}${suffix}`)?.value;
  const buckets = samples.filter(({ metricName }) => metricName === `${name}_bucket`);
  // The counts are cumulative, in the order of the declared bounds. The last bucket has no bound.
  let below = 0;
  const counted = buckets.map(({ labels, value }) => {
    const count = value - below;
    below = value;
    return { bound: labels?.["le"] === "+Inf" ? Infinity : Number(labels?.["le"]), count };
  });
  counted.sort((a, b) => a.bound - b.bound);
  const boundaries = counted.slice(0, -1).map(({ bound }) => bound);
  const counts = counted.map(({ count }) => count);
  const isWhole = counted.at(-1)?.bound === Infinity && boundaries.every(Number.isFinite);
  if (!isWhole || !counts.every((count) => count >= 0 && count < Infinity)) {
    throw new TypeError(`the buckets of ${name} are not valid`);
  }
  const sum = valueOf("_sum");
  return {
    buckets: { boundaries, counts },
    count: below,
    ...(typeof sum === "number" && Number.isFinite(sum) && { sum }),
  };
}

function summary({ name, help, values }: PromReading, defaults: Labels): BridgedMetric[] {
  const of = (metricName: string | undefined): PromValue[] =>
    values.filter((sample) => sample.metricName === metricName);
  return [
    numbers(gauge(name, help), of(undefined), defaults),
    numbers(counter(`${name}_sum`, help), of(`${name}_sum`), defaults),
    numbers(counter(`${name}_count`, help), of(`${name}_count`), defaults),
  ];
}

function counter(name: string, help: string): MetricDataLike {
  return { ...metric(name, help, SUM), isMonotonic: true };
}

function gauge(name: string, help: string): MetricDataLike {
  return metric(name, help, GAUGE);
}

function metric(name: string, description: string, dataPointType: number): MetricDataLike {
  return {
    // These are already Prometheus names, which dashboards use.
    descriptor: { name, description, unit: "", valueType: DOUBLE, isVerbatim: true },
    aggregationTemporality: CUMULATIVE,
    dataPointType,
    dataPoints: [],
  };
}
