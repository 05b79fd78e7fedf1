/**
 * Awaits what `begin` begins, but no longer than until `signal` aborts. What is still under way from
 * an earlier call is awaited instead of another one: a client that is cut off keeps its commands, and
 * must not be given more of them.
 */
export function oneAtATime<T>(begin: () => Promise<T>): (signal: AbortSignal) => Promise<T> {
  let underWay: Promise<T> | undefined;
  return async (signal) => {
    signal.throwIfAborted();
    underWay ??= begin().finally(() => (underWay = undefined));
    // One that nobody awaits any more may still fail.
    underWay.catch(() => undefined);
    return Promise.race([underWay, aborted(signal)]);
  };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
}
