import { idOfText } from "../../identity/id.ts";
import type { MetricRegistry } from "../../metrics/registry.ts";
import { defineCounter, defineGauge, defineHistogram } from "../../metrics/spec.ts";
import { InvalidOptionError } from "../../shared/errors.ts";
import { choiceOption, optionsObject, textOption } from "../../shared/options.ts";
import type { ProbeMeasurement, ProbeMetric } from "../contract.ts";
import { type LabelTypes, LATENCY_BUCKETS, MAX_SERIES } from "../metrics.ts";
import type { Labels, TargetSeries } from "./target-series.ts";

/** The service of the metrics that probes declare themselves. */
const service = { id: "0x7461736b6d6f6e23", name: "taskmon.probe.own" } as const;

const KEYS = ["name", "kind", "help", "unit", "labels", "buckets"] as const;
const MAX_METRICS = 200;

/** The additional metrics of a probe. */
export interface OwnMetrics {
  readonly declared: ReadonlyMap<string, ProbeMetric>;
  /** Adds a measurement, which was checked against the declaration. */
  record(series: TargetSeries, measurement: ProbeMeasurement): void;
}

/**
 * Registers the metrics that a probe declares.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 * @throws InvalidSpecError `ERR_TASKMON_INVALID_SPEC`
 * @throws MetricConflictError `ERR_TASKMON_METRIC_CONFLICT`
 */
export function ownMetrics(
  registry: MetricRegistry,
  metrics: readonly ProbeMetric[] | undefined,
  labelTypes: (own: LabelTypes) => LabelTypes,
): OwnMetrics {
  const given = metrics ?? [];
  if (!Array.isArray(given) || given.length > MAX_METRICS) {
    throw new InvalidOptionError("metrics", `a list of at most ${MAX_METRICS}`, metrics);
  }
  const declared = new Map<string, ProbeMetric>();
  const recorders = new Map<string, (series: TargetSeries, value: number, own: Labels) => void>();
  for (const [index, metric] of (given as readonly ProbeMetric[]).entries()) {
    const checked = checkedMetric(`metrics[${index}]`, metric);
    if (declared.has(checked.name)) {
      throw new InvalidOptionError(`metrics[${index}].name`, "declared once", checked.name);
    }
    declared.set(checked.name, checked);
    recorders.set(checked.name, recorderOf(registry, checked, labelTypes));
  }
  return {
    declared,
    record(series, { name, value, labels }) {
      const own: Record<string, string> = {};
      for (const key of declared.get(name)!.labels ?? []) own[key] = labels![key]!;
      recorders.get(name)!(series, value, own);
    },
  };
}

function checkedMetric(option: string, metric: ProbeMetric): ProbeMetric {
  const given = optionsObject(option, metric, KEYS);
  if (given.kind === undefined) {
    throw new InvalidOptionError(`${option}.kind`, "counter, gauge or histogram", given.kind);
  }
  return {
    ...metric,
    name: textOption(`${option}.name`, given.name),
    kind: choiceOption(`${option}.kind`, given.kind, ["counter", "gauge", "histogram"]),
    labels: (given.labels ?? []).map((label, at) => textOption(`${option}.labels[${at}]`, label)),
  };
}

function recorderOf(
  registry: MetricRegistry,
  { name, kind, help = name, unit = "1", labels = [], buckets = LATENCY_BUCKETS }: ProbeMetric,
  labelTypes: (own: LabelTypes) => LabelTypes,
): (series: TargetSeries, value: number, own: Labels) => void {
  const types = labelTypes(Object.fromEntries(labels.map((label) => [label, "string" as const])));
  const spec = {
    ...{ service, id: `0x${idOfText(name).toString(16)}` },
    ...{ name, help, unit, labels: types, maxSeries: MAX_SERIES },
  };
  if (kind === "counter") {
    const counter = registry.counter(defineCounter(spec));
    return (series, value, own) => series.add(counter, value, own);
  }
  if (kind === "gauge") {
    const gauge = registry.gauge(defineGauge(spec));
    return (series, value, own) => series.set(gauge, value, own);
  }
  const histogram = registry.histogram(defineHistogram({ ...spec, buckets }));
  return (series, value, own) => series.record(histogram, value, own);
}
