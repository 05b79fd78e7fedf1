import { raceAbort } from "../../shared/race.ts";

/**
 * Awaits the call that `begin` starts, at most until `signal` aborts. If an earlier call is still running,
 * awaits that one instead: a disconnected client queues its commands, and must not get more of them.
 */
export function oneAtATime<T>(begin: () => Promise<T>): (signal: AbortSignal) => Promise<T> {
  let underWay: Promise<T> | undefined;
  return async (signal) => {
    signal.throwIfAborted();
    const current = (underWay ??= begin().finally(() => (underWay = undefined)));
    // The call may fail after everybody has stopped waiting for it.
    current.catch(() => undefined);
    return raceAbort(() => current, signal);
  };
}
