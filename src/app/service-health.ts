import type { CheckFunction } from "../check/result.ts";

/** How a check of a service is run. */
export interface ServiceCheckOptions {
  /** The groups that it counts for: `readiness`, `startup`, or your own. @default readiness */
  readonly groups?: readonly string[];
  /** The time from one run to the next, in milliseconds. @default that of the health checks */
  readonly intervalMs?: number;
  /** The time limit of one run, in milliseconds. @default that of the health checks */
  readonly timeoutMs?: number;
}

/** The health checks, as an app sees them: those of a Taskmon object are such. */
export interface AppHealth {
  register(name: string, check: CheckFunction, options?: ServiceCheckOptions): unknown;
  unregister(name: string): unknown;
  run(name: string): Promise<unknown>;
}

/** Registers the health checks of one service. */
export interface ServiceHealth {
  /**
   * Registers a check under the service's name: `db.connection` for the check `connection` of `db`. It goes
   * when the service ends. In an app without a Taskmon object nobody runs it.
   */
  register(name: string, check: CheckFunction, options?: ServiceCheckOptions): void;
}

/** @param dying aborts when the service begins to end */
export function serviceHealth(
  health: AppHealth | undefined,
  service: string,
  dying: AbortSignal,
): ServiceHealth {
  return {
    register(name, check, options) {
      if (health === undefined || dying.aborted) return;
      const full = `${service}.${name}`;
      health.register(full, check, options);
      dying.addEventListener("abort", () => void health.unregister(full), { once: true });
    },
  };
}
