import type { Collected, ResourceLike, ScopeMetricsLike } from "../points/types.ts";

/** The resource of nothing: a periodic reader skips the export of it. */
export const NO_RESOURCE: ResourceLike = { attributes: {}, asyncAttributesPending: false };

/** Nothing, under `resource`. */
export function without(resource: ResourceLike, errors: unknown[]): Collected {
  return { resourceMetrics: { resource, scopeMetrics: [] }, errors };
}

/** Other metrics under another resource. */
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

/** Other metrics under the same resource; the same object where they are not others. */
export function withScopes(collected: Collected, scopes: readonly ScopeMetricsLike[]): Collected {
  const { resource, scopeMetrics } = collected.resourceMetrics;
  return scopes === scopeMetrics ? collected : withMetrics(collected, resource, scopes);
}
