import { defineHistogram, type MetricSpec } from "../metrics/index.ts";
import type { LabelDefinition, LabelType } from "../metrics/labels.ts";

/**
 * Returns a histogram's spec with the buckets and additional labels of the options, or the spec itself if the
 * options have neither.
 * @throws InvalidSpecError `ERR_TASKMON_INVALID_SPEC` if a label is not legal
 */
export function specWithOptions<V>(
  spec: MetricSpec<"histogram", V>,
  buckets: readonly number[] | undefined,
  labels: readonly LabelDefinition[],
): MetricSpec<"histogram", V> {
  if (buckets === undefined && labels.length === 0) return spec;
  return defineHistogram({
    service: spec.service,
    id: spec.id,
    name: spec.name,
    help: spec.help,
    unit: spec.unit,
    labels: declaration([...spec.labels, ...labels]),
    buckets: buckets ?? spec.buckets,
    maxSeries: spec.maxSeries,
  }) as MetricSpec<"histogram", V>;
}

/** Converts labels to a declaration. */
function declaration(labels: readonly LabelDefinition[]): Record<string, LabelType> {
  return Object.fromEntries(
    labels.map(({ key, type, optional }): [string, LabelType] => [
      key,
      optional ? `${type}?` : type,
    ]),
  );
}
