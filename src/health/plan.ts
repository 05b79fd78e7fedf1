import type { CheckPlan } from "../check/plan.ts";
import type { CheckFunction, CheckResult, Status } from "../check/result.ts";
import { formatId } from "../identity/id.ts";
import { HealthCheckKillTimeoutError, HealthCheckTimeoutError } from "./errors.ts";
import type { Emit } from "./events.ts";
import type { CheckSettings } from "./options.ts";

/** The plan by which the engine runs a health check. */
export function planOf(name: string, check: CheckFunction, settings: CheckSettings): CheckPlan {
  const { timeoutMs, killTimeoutMs, slowMs, schedule, evaluation } = settings;
  return {
    name,
    check,
    timeoutMs,
    killTimeoutMs,
    slowMs,
    schedule,
    evaluation,
    errors: {
      timeout: () => new HealthCheckTimeoutError(name, timeoutMs),
      killTimeout: () => new HealthCheckKillTimeoutError(name, killTimeoutMs),
    },
  };
}

/** The attributes that say which check an event is about. */
export function identify(check: { name: string; id: bigint }): Record<string, string> {
  return { "health.check.name": check.name, "health.check.id": formatId(check.id) };
}

/** Emits a result as an event: an error for a failure, a warning if it is degraded or unknown. */
export function emitResult(
  emit: Emit,
  check: { name: string; id: bigint },
  result: CheckResult,
): void {
  const { outcome, status, error, message, startedAt, durationMs, consecutiveFailures } = result;
  const severity = outcome === "pass" ? "info" : outcome === "fail" ? "error" : "warn";
  emit("result", severity, `Health check ${check.name}: ${outcome}`, {
    ...identify(check),
    "health.check.outcome": outcome,
    "health.check.state": status,
    "health.check.started_at": new Date(startedAt).toISOString(),
    "health.check.duration": durationMs / 1_000,
    "health.check.consecutive_failures": consecutiveFailures,
    "health.check.message": message,
    "error.type": error && typeOf(error),
    "exception.message": error?.message,
  });
}

/** Whether a result becomes an event if only failures and the first success after them do. */
export function isNews(result: CheckResult, before: Status, previous: number): boolean {
  return result.outcome !== "pass" || previous > 0 || result.status !== before;
}

function typeOf(error: Error): string {
  const { code } = error as { code?: unknown };
  return typeof code === "string" ? code : error.name;
}
