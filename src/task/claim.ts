import { TaskmonError } from "../shared/errors.ts";

/** This process already has a Taskmon object for the target. */
export class TargetTakenError extends TaskmonError {
  readonly code = "ERR_TASKMON_TARGET_TAKEN";
}

/** Who claims a target. */
export interface Claimant {
  /** Its name in the error that the next claimant gets. */
  readonly name: string;
  /** Whether it runs in development, where a module may be loaded again and again. */
  readonly isAtDesk: boolean;
  /** Whether its shutdown has begun: it takes no number any more. */
  isEnding(): boolean;
  /** Ends it, because another one replaces it. */
  giveWay(): void;
}

/** Shared by all copies of this package in the process. */
const CLAIMS = Symbol.for("taskmon.targets");

/**
 * Claims a target for one Taskmon object of this process: two objects would take two numbers, and export
 * every metric twice. An object that is shutting down gives way; in development, an older object gives way
 * to a newer one.
 * @returns a function that releases the claim
 * @throws TargetTakenError `ERR_TASKMON_TARGET_TAKEN` names the holder
 */
export function claimTarget(key: string, claimant: Claimant): () => void {
  const shared = globalThis as { [CLAIMS]?: Map<string, Claimant> };
  const claims = (shared[CLAIMS] ??= new Map());
  const first = claims.get(key);
  if (first !== undefined && !first.isEnding()) {
    if (!first.isAtDesk || !claimant.isAtDesk) throw taken(key, first);
    first.giveWay();
  }
  claims.set(key, claimant);
  return () => {
    if (claims.get(key) === claimant) claims.delete(key);
  };
}

function taken(key: string, { name }: Claimant): TargetTakenError {
  return new TargetTakenError(
    `This process already has a Taskmon object for target ${key}: ${name}. Export that object from a ` +
      "module and import it, or await its shutdown() first. If your module is loaded more than once " +
      "(hot reload, vi.resetModules(), a second bundle), set devMode: true, or dispose of the " +
      "first object there. To run two side by side, give each its own target.jobName",
  );
}
