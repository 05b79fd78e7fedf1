import { formatId } from "../../identity/id.ts";
import type { Answer } from "../../serve/answer.ts";
import { acceptedType } from "../../serve/accept.ts";
import type { CheckReport, HealthReport, HealthVerdict } from "../report.ts";

/** The forms in which health is answered, in the order of preference where a client has none. */
const FORMATS = ["text/plain", "application/health+json", "application/json"] as const;

/** A form in which health is answered. */
export type Format = (typeof FORMATS)[number];

/**
 * The format that an `Accept` header asks for; plain text if it asks for none of ours, because an
 * orchestrator reads only the status code.
 */
export function formatOf(accept: string | undefined): Format {
  return acceptedType(accept, FORMATS) ?? "text/plain";
}

/** When to ask again, where no run of a failing check is scheduled, and the longest that is said. */
const RETRY_AFTER_S = 5;
const MAX_RETRY_AFTER_S = 60;

/** The answer for a group: 200 if it may go on, else 503. */
export function answerOf(verdict: HealthVerdict | HealthReport, format: Format): Answer {
  const report = "checks" in verdict ? verdict : undefined;
  const body = format === "text/plain" ? text(verdict, report) : json(verdict, report);
  return {
    status: verdict.ok ? 200 : 503,
    headers: {
      "content-type": format === "text/plain" ? "text/plain; charset=utf-8" : format,
      "content-length": String(Buffer.byteLength(body)),
      // What is true now is not true later: not even a stale answer may be kept.
      "cache-control": "no-store",
      vary: "accept",
      "x-content-type-options": "nosniff",
      ...(!verdict.ok && { "retry-after": String(retryAfterSeconds(verdict.retryInMs)) }),
    },
    body,
  };
}

function retryAfterSeconds(retryInMs: number | undefined): number {
  if (retryInMs === undefined) return RETRY_AFTER_S;
  return Math.min(MAX_RETRY_AFTER_S, Math.max(1, Math.ceil(retryInMs / 1_000)));
}

function text(verdict: HealthVerdict, report: HealthReport | undefined): string {
  const lines = [`${verdict.status}${verdict.reason === undefined ? "" : ` (${verdict.reason})`}`];
  for (const check of report?.checks ?? []) {
    const notes = [
      output(check),
      check.causedBy === undefined ? undefined : `caused by ${check.causedBy}`,
      check.maintenance ? "under maintenance" : undefined,
      check.forced && `forced to ${check.forced.status}: ${check.forced.reason}`,
    ].filter((note) => note !== undefined);
    lines.push(`${check.name}: ${check.state}${notes.length > 0 ? ` (${notes.join("; ")})` : ""}`);
  }
  return `${lines.map(oneLine).join("\n")}\n`;
}

/** The shape of draft-inadarei-api-health-check-06, which knows pass, warn and fail only. */
function json(verdict: HealthVerdict, report: HealthReport | undefined): string {
  return `${JSON.stringify({
    status: verdict.status === "unknown" ? (verdict.ok ? "warn" : "fail") : verdict.status,
    ...(verdict.reason !== undefined && { output: verdict.reason }),
    ...(report !== undefined && {
      checks: Object.fromEntries(report.checks.map((check) => [check.name, [component(check)]])),
    }),
  })}\n`;
}

function component(check: CheckReport): object {
  const { state, startedAt, durationMs, consecutiveFailures, groups, critical } = check;
  return {
    componentId: formatId(check.id),
    status: state === "unknown" || state === "paused" ? "warn" : state,
    state,
    ...(startedAt !== undefined && { time: new Date(startedAt).toISOString() }),
    ...(durationMs !== undefined && { observedValue: round(durationMs), observedUnit: "ms" }),
    ...(output(check) !== undefined && { output: output(check) }),
    ...(check.data !== undefined && { data: safeData(check.data) }),
    consecutiveFailures,
    groups,
    critical,
    ...(check.causedBy !== undefined && { causedBy: check.causedBy }),
    ...(check.maintenance && { maintenance: true }),
    ...(check.forced !== undefined && { forced: check.forced }),
  };
}

function output({ message, error }: CheckReport): string | undefined {
  return message ?? error?.message;
}

/** The check's own values, as far as JSON can hold them. */
function safeData(data: object): unknown {
  try {
    return JSON.parse(
      JSON.stringify(data, (_key, value: unknown) =>
        typeof value === "bigint" ? value.toString() : value,
      ),
    ) as unknown;
  } catch {
    return undefined;
  }
}

function oneLine(line: string): string {
  return line.replaceAll(/\s+/g, " ");
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
