import type { Collected, ResourceLike, ScopeMetricsLike } from "../points/types.ts";

/** The resource of an empty collection. A periodic reader does not export one. */
export const NO_RESOURCE: ResourceLike = { attributes: {}, asyncAttributesPending: false };

/** Returns an empty collection with `resource`. */
export function without(resource: ResourceLike, errors: unknown[]): Collected {
  return { resourceMetrics: { resource, scopeMetrics: [] }, errors };
}

/** Returns the collection with other metrics and another resource. */
export function withMetrics(
  collected: Collected,
  resource: ResourceLike,
  scopeMetrics: readonly ScopeMetricsLike[],
): Collected {
  return {
    ...collected,
    resourceMetrics: { ...collected.resourceMetrics, resource, scopeMetrics: [...scopeMetrics] },
  };
}

/**
 * Returns the collection with other metrics and the same resource, or the same object if the metrics are the
 * same.
 */
export function withScopes(collected: Collected, scopes: readonly ScopeMetricsLike[]): Collected {
  const { resource, scopeMetrics } = collected.resourceMetrics;
  return scopes === scopeMetrics ? collected : withMetrics(collected, resource, scopes);
}
