import type { AdminContext } from "../context.ts";
import { byTrouble, stripOf } from "./strip.ts";

/** How a group of health checks stands. */
export interface GroupView {
  readonly group: string;
  readonly status: string;
  readonly ok: boolean;
  readonly reason?: string;
}

/** How a health check stands. Times are in milliseconds since the Unix epoch. */
export interface CheckView {
  readonly name: string;
  readonly state: string;
  /** Why, in words: its message, its error, or that another one explains it. */
  readonly why?: string;
  readonly causedBy?: string;
  readonly forced?: { readonly status: string; readonly reason: string };
  readonly maintenance: boolean;
  readonly groups: readonly string[];
  readonly critical: boolean;
  readonly startedAtMs?: number;
  readonly durationMs?: number;
  readonly consecutiveFailures: number;
  /** The last hundred results, the oldest first: p, w, f, u. */
  readonly results: string;
}

/** The groups of health checks. */
export function groupViews({ taskmon: { health } }: AdminContext): GroupView[] {
  return ["health", ...health.groups()].map((name) => {
    const { group, status, ok, reason } = health.status(name);
    return { group, status, ok, ...(reason !== undefined && { reason }) };
  });
}

/** The health checks, those in trouble first. */
export function checkViews({ taskmon: { health } }: AdminContext): CheckView[] {
  const { checks } = health.report("health");
  return checks
    .map((check): CheckView => {
      const why = check.message ?? check.error?.message;
      return {
        ...{ name: check.name, state: check.state },
        ...(why !== undefined && { why }),
        ...(check.causedBy !== undefined && { causedBy: check.causedBy }),
        ...(check.forced !== undefined && { forced: check.forced }),
        ...{ maintenance: check.maintenance, groups: check.groups, critical: check.critical },
        ...timesOf(check),
        consecutiveFailures: check.consecutiveFailures,
        results: stripOf(health.history(check.name)),
      };
    })
    .toSorted((a, b) => byTrouble(a.state, b.state));
}

/** When the last run began, and how long it took. */
export function timesOf(result: {
  readonly startedAt?: number;
  readonly durationMs?: number;
}): Pick<CheckView, "startedAtMs" | "durationMs"> {
  const { startedAt, durationMs } = result;
  return {
    ...(startedAt !== undefined && { startedAtMs: Math.round(startedAt) }),
    ...(durationMs !== undefined && { durationMs: Math.round(durationMs * 1_000) / 1_000 }),
  };
}
