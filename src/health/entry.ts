import type { CheckRunner } from "../check/runner.ts";
import type { CheckMetrics, CheckState } from "./metrics.ts";
import type { CheckSettings, HealthCheckFunction } from "./options.ts";
import type { HealthCheckResult } from "./result.ts";

/** A registered check. */
export interface Entry {
  readonly name: string;
  readonly id: bigint;
  readonly runner: CheckRunner;
  readonly metrics: CheckMetrics;
  settings: CheckSettings;
  check: HealthCheckFunction;
  paused: boolean;
}

/** The state of a check: where it stands, or that it is paused. */
export function stateOf(entry: Entry): CheckState {
  return entry.paused ? "paused" : entry.runner.status;
}

/** The last result of a check, as callers see it. */
export function resultOf(entry: Entry): HealthCheckResult {
  const { name, id, runner } = entry;
  const state = stateOf(entry);
  const last = runner.result;
  if (last === undefined) return { name, id, state, consecutiveFailures: -1 };
  const { outcome, error, message, data, startedAt, durationMs, consecutiveFailures } = last;
  return {
    name,
    id,
    state,
    outcome,
    ...(error !== undefined && { error }),
    ...(message !== undefined && { message }),
    ...(data !== undefined && { data }),
    startedAt,
    durationMs,
    consecutiveFailures,
  };
}
