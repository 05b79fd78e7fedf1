import type { MetricRegistry } from "../../metrics/registry.ts";
import { InvalidOptionError } from "../../shared/errors.ts";
import type { Target } from "../contract.ts";
import type { LabelTypes } from "../metrics.ts";
import type { CheckedResult } from "../stats/result.ts";
import type { Labels, TargetSeries } from "../stats/target-series.ts";

/** The probe whose results are recorded, and the options of the caller. */
export interface NamingOptions {
  readonly registry: MetricRegistry;
  readonly name: string;
  readonly type: string;
  readonly validators: readonly string[];
  readonly targetLabels: readonly string[];
  readonly buckets: readonly number[];
}

/** Records results as metrics. */
export interface Naming {
  /**
   * The label declaration of a metric: its own labels, and the labels that identify the target. Labels with few
   * values come first, so that series share the nested maps that lead to them.
   */
  readonly labelTypes: (own: LabelTypes) => LabelTypes;
  /** The labels of a target's series. They identify the target. */
  labelsOf(target: Target): Labels;
  /** Adds a result to the series of its target. */
  record(series: TargetSeries, result: CheckedResult, nowS: number): void;
  /** Replaces the exported state of a target; undefined exports none. */
  state?(series: TargetSeries, state: string | undefined, before: string | undefined): void;
}

/** The labels of a target that become metric labels. */
export function namedLabels(
  target: Target,
  targetLabels: readonly string[],
): Record<string, string> {
  const named: Record<string, string> = {};
  for (const label of targetLabels) {
    if (Object.hasOwn(target.labels, label)) named[label] = target.labels[label]!;
  }
  return named;
}

/**
 * The declaration of target labels. All are optional, because a target may not have them.
 * @param reserved the labels that the metrics already have
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` for a reserved label
 */
export function optionalLabels(
  targetLabels: readonly string[],
  reserved: readonly string[],
): LabelTypes {
  for (const label of targetLabels) {
    if (reserved.includes(label)) {
      throw new InvalidOptionError("targetLabels", "without the labels of every probe", label);
    }
  }
  return Object.fromEntries(targetLabels.map((label) => [label, "string?" as const]));
}
