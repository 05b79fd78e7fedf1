import { TaskmonError } from "../shared/errors.ts";

/** This process has a Taskmon object for the target already. */
export class TargetTakenError extends TaskmonError {
  readonly code = "ERR_TASKMON_TARGET_TAKEN";
}

/** Shared by all copies of this package in the process. */
const CLAIMS = Symbol.for("taskmon.targets");

/**
 * Claims a target for one Taskmon object of this process: two would take two numbers, and export
 * every metric twice.
 * @param holder names the claimant in the error that the next one gets
 * @returns a function that gives the claim up
 * @throws TargetTakenError `ERR_TASKMON_TARGET_TAKEN` names the holder
 */
export function claimTarget(key: string, holder: string): () => void {
  const shared = globalThis as { [CLAIMS]?: Map<string, string> };
  const claims = (shared[CLAIMS] ??= new Map());
  const first = claims.get(key);
  if (first !== undefined) {
    throw new TargetTakenError(
      `This process has a Taskmon for target ${key} already: ${first}; shut it down first, or use it`,
    );
  }
  claims.set(key, holder);
  return () => {
    if (claims.get(key) === holder) claims.delete(key);
  };
}
