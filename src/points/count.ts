import type { ScopeMetricsLike } from "./types.ts";

/** Returns the number of data points in all scopes. */
export function pointsOf(scopes: readonly ScopeMetricsLike[]): number {
  let points = 0;
  for (const { metrics } of scopes) {
    for (const { dataPoints } of metrics) points += dataPoints.length;
  }
  return points;
}
