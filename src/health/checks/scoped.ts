import type { CheckFunction } from "../../check/result.ts";

/** A check that tests only this process, so the liveness group accepts it. */
export type ProcessCheck = CheckFunction & { readonly scope: "process" };

/** A check of something outside this process, which the liveness group rejects. */
export type DependencyCheck = CheckFunction & { readonly scope: "dependency" };

export function processCheck(check: CheckFunction): ProcessCheck {
  return Object.assign(check, { scope: "process" as const });
}

export function dependencyCheck(check: CheckFunction): DependencyCheck {
  return Object.assign(check, { scope: "dependency" as const });
}
