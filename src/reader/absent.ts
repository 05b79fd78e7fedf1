import { NumberMetric } from "../metrics/number-metric.ts";
import type { MetricRegistry } from "../metrics/registry.ts";
import type { MetricDataLike, ScopeMetricsLike } from "./types.ts";

/**
 * Leaves out the points of our gauges that have nothing to report now. The SDK repeats a series for
 * ever to a cumulative reader once it was observed.
 */
export function withoutAbsentSeries(
  scopes: readonly ScopeMetricsLike[],
  registry: MetricRegistry,
): ScopeMetricsLike[] {
  return scopes.flatMap((scope) => {
    const metrics = scope.metrics.flatMap((data) => present(scope.scope.name, data, registry));
    if (metrics.length === 0) return [];
    return [
      metrics.every((data, index) => data === scope.metrics[index]) ? scope : { ...scope, metrics },
    ];
  });
}

function present(
  meterName: string,
  data: MetricDataLike,
  registry: MetricRegistry,
): MetricDataLike[] {
  const metric = registry.find(meterName, data.descriptor.name);
  if (!(metric instanceof NumberMetric) || metric.spec.kind !== "gauge") return [data];
  const dataPoints = data.dataPoints.filter((point) => !metric.isAbsent(point.attributes));
  if (dataPoints.length === data.dataPoints.length) return [data];
  return dataPoints.length === 0 ? [] : [{ ...data, dataPoints }];
}
