import type { CheckEngine } from "../check/engine.ts";
import type { CheckPlan } from "../check/plan.ts";
import type { Status } from "../check/result.ts";
import { CheckRunner } from "../check/runner.ts";
import type { Emit } from "./events.ts";
import type { CheckMetrics, CheckState } from "./metrics.ts";
import type { CheckSettings, HealthCheckFunction } from "./options.ts";
import { emitResult, isNews } from "./plan.ts";
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

/** What the entries of one registry share. */
export interface EntryParts {
  readonly engine: CheckEngine;
  readonly metricsOf: (check: { readonly name: string; readonly id: bigint }) => CheckMetrics;
  readonly emit: Emit;
  /** Whether each result becomes an event, or only failures and the first success after them. */
  readonly emitsAll: boolean;
  readonly onResult: () => void;
  readonly onState: (result: HealthCheckResult, before: Status) => void;
}

/** A check that is ready to run: each result goes to its metrics and listeners. */
export function createEntry(
  check: Pick<Entry, "name" | "id" | "check" | "settings">,
  plan: CheckPlan,
  { engine, metricsOf, emit, emitsAll, onResult, onState }: EntryParts,
): Entry {
  const metrics = metricsOf(check);
  let failures = 0;
  const runner: CheckRunner = new CheckRunner(plan, engine, {
    onResult(result, before) {
      metrics.result(result);
      metrics.state(stateOf(entry));
      const news = isNews(result, before, failures);
      failures = result.consecutiveFailures;
      if (news || emitsAll) emitResult(emit, entry, result);
      onResult();
      if (result.status !== before) onState(resultOf(entry), before);
    },
    onDropped: (runs) => metrics.skipped(runs),
  });
  const entry: Entry = { ...check, runner, metrics, paused: false };
  return entry;
}

/** The state of a check: its status, or `paused`. */
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
