import { defineHistogram, type MetricSpec } from "../metrics/index.ts";
import type { LabelDefinition, LabelType } from "../metrics/labels.ts";

/**
 * A histogram's spec with the buckets and further labels of the options; the spec itself where the
 * options name neither.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` where a label has the name of another
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

/** Labels as they are declared; of two with one name the first, which the check then refuses. */
function declaration(labels: readonly LabelDefinition[]): Record<string, LabelType> {
  return Object.fromEntries(
    labels.map(({ key, type, optional }): [string, LabelType] => [
      key,
      optional ? `${type}?` : type,
    ]),
  );
}
