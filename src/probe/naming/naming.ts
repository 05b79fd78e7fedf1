import type { MetricRegistry } from "../../metrics/registry.ts";
import { InvalidOptionError } from "../../shared/errors.ts";
import type { Target } from "../contract.ts";
import type { LabelTypes } from "../metrics.ts";
import type { CheckedResult } from "../stats/result.ts";
import type { Labels, TargetSeries } from "../stats/target-series.ts";

/** Which probe the results are of, and what the caller chose. */
export interface NamingOptions {
  readonly registry: MetricRegistry;
  readonly name: string;
  readonly type: string;
  readonly validators: readonly string[];
  readonly targetLabels: readonly string[];
  readonly buckets: readonly number[];
}

/** Makes metrics of results. */
export interface Naming {
  /**
   * Declares these labels of a metric's own, and those that say which target it is. What targets have in
   * common stands first, so that their series share the way to them.
   */
  readonly labelTypes: (own: LabelTypes) => LabelTypes;
  /** The labels of the series of a target. They are what tells targets apart. */
  labelsOf(target: Target): Labels;
  /** Adds a result to the series of its target. */
  record(series: TargetSeries, result: CheckedResult, nowS: number): void;
  /** Shows the state that a target is in from now on, if any, in place of the one before. */
  state?(series: TargetSeries, state: string | undefined, before: string | undefined): void;
}

/** Those of a target's labels that metrics carry. */
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
 * The declaration of target labels: a target may lack each.
 * @param reserved the labels that the metrics have anyway
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` for one of those
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
