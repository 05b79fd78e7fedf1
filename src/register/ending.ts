import { shutdownBeforeExit, shutdownOnSignals } from "../shutdown/index.ts";
import type { Taskmon } from "../taskmon/taskmon.ts";

type Listener = (...args: unknown[]) => unknown;

/**
 * Ends Taskmon, then runs `others`, when the process gets a signal or has nothing left to do.
 * @param others gets the time that it has, in milliseconds
 */
export function endWithProcess(
  taskmon: Taskmon,
  timeoutMs: number | undefined,
  others: (timeoutMs: number) => Promise<unknown>,
): void {
  const options = timeoutMs === undefined ? {} : { timeoutMs };
  const sdk = {
    shutdown: async ({ timeoutMillis = 0 }: { readonly timeoutMillis?: number } = {}) =>
      others(timeoutMillis),
  };
  shutdownOnSignals(taskmon, sdk, options);
  const both = {
    shutdown: async (given: { readonly timeoutMs: number }) =>
      Promise.all([taskmon.shutdown(given), others(given.timeoutMs)]),
  };
  shutdownBeforeExit(both, options);
}

/**
 * Takes from SIGTERM the listeners that only shut an SDK down: `auto-instrumentations-node/register` has one,
 * the same for `beforeExit`, and no process ends by it.
 * @returns the listeners, for code that ends the process itself
 */
export function takeSdkListeners(): Listener[] {
  const atExit = process.listeners("beforeExit") as Listener[];
  const taken = (process.listeners("SIGTERM") as Listener[]).filter(
    (listener) => listener.name === "shutdown" && atExit.includes(listener),
  );
  for (const listener of taken) process.removeListener("SIGTERM", listener);
  return taken;
}
