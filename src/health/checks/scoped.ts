import type { CheckFunction } from "../../check/result.ts";

/** A check that looks at this process alone, and so may be in liveness. */
export type ProcessCheck = CheckFunction & { readonly scope: "process" };

/** A check that looks beyond this process, which liveness refuses. */
export type DependencyCheck = CheckFunction & { readonly scope: "dependency" };

export function processCheck(check: CheckFunction): ProcessCheck {
  return Object.assign(check, { scope: "process" as const });
}

export function dependencyCheck(check: CheckFunction): DependencyCheck {
  return Object.assign(check, { scope: "dependency" as const });
}
