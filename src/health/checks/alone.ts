import { raceAbort } from "../../shared/race.ts";

/**
 * Awaits what `begin` begins, but no longer than until `signal` aborts. What is still under way from
 * an earlier call is awaited instead of another one: a client that is cut off keeps its commands, and
 * must not be given more of them.
 */
export function oneAtATime<T>(begin: () => Promise<T>): (signal: AbortSignal) => Promise<T> {
  let underWay: Promise<T> | undefined;
  return async (signal) => {
    signal.throwIfAborted();
    const current = (underWay ??= begin().finally(() => (underWay = undefined)));
    // One that nobody awaits any more may still fail.
    current.catch(() => undefined);
    return raceAbort(() => current, signal);
  };
}
