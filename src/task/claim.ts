import { TaskmonError } from "../shared/errors.ts";

/** This process has a Taskmon object for the target already. */
export class TargetTakenError extends TaskmonError {
  readonly code = "ERR_TASKMON_TARGET_TAKEN";
}

/** Who claims a target. */
export interface Claimant {
  /** Names it in the error that the next one gets. */
  readonly name: string;
  /** Whether it works at a desk, where a module may be loaded again and again. */
  readonly isAtDesk: boolean;
  /** Whether its end has begun: it takes no number any more. */
  isEnding(): boolean;
  /** Ends it, since another one takes its place. */
  giveWay(): void;
}

/** Shared by all copies of this package in the process. */
const CLAIMS = Symbol.for("taskmon.targets");

/**
 * Claims a target for one Taskmon object of this process: two would take two numbers, and export
 * every metric twice. One whose end has begun gives way; so does one at a desk to another one there.
 * @returns a function that gives the claim up
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
    `This process has a Taskmon for target ${key} already: ${name}. Export that one from a module and import ` +
      "it, or await its shutdown() first. Where a module is loaded again, as by hot reload, vi.resetModules() " +
      "or in a second bundle, set devMode: true, or dispose of the first one there. Two that shall live side " +
      "by side need different targets: give each a target.jobName",
  );
}
