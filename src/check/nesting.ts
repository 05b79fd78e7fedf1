import { AsyncLocalStorage } from "node:async_hooks";

/** A run under way, and the run from within which it was asked for. */
export interface Nested {
  readonly runner: object;
  readonly outer: Nested | undefined;
  under: boolean;
}

const storage = new AsyncLocalStorage<Nested>();

/** The run of a check in which the caller stands; undefined outside of checks, and after the run. */
export function currentRun(): Nested | undefined {
  let run = storage.getStore();
  // What a check leaves behind, a server or an interval, inherits its place but is not inside it.
  while (run !== undefined && !run.under) run = run.outer;
  return run;
}

/** Whether the caller stands inside a run of `runner`, at any depth. */
export function isInside(runner: object): boolean {
  for (let run = currentRun(); run !== undefined; run = run.outer) {
    if (run.under && run.runner === runner) return true;
  }
  return false;
}

/** Calls `call` as the inside of a run. */
export function inside<T>(run: Nested, call: () => T): T {
  return storage.run(run, call);
}
