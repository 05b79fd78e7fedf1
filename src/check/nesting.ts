import { AsyncLocalStorage } from "node:async_hooks";

/** A run, and the run whose function asked for it. */
export interface Nested {
  readonly runner: object;
  readonly outer: Nested | undefined;
  under: boolean;
}

const storage = new AsyncLocalStorage<Nested>();

/** The run of a check that called us; undefined outside of checks, and after the run. */
export function currentRun(): Nested | undefined {
  let run = storage.getStore();
  // A server or an interval that a check leaves behind inherits its context, but does not belong to the run.
  while (run !== undefined && !run.under) run = run.outer;
  return run;
}

/** Whether a run of `runner` called us, at any depth. */
export function isInside(runner: object): boolean {
  for (let run = currentRun(); run !== undefined; run = run.outer) {
    if (run.under && run.runner === runner) return true;
  }
  return false;
}

/** Calls `call` as a part of a run. */
export function inside<T>(run: Nested, call: () => T): T {
  return storage.run(run, call);
}
