import { formatId } from "../../identity/id.ts";
import type { Answer } from "../../serve/answer.ts";
import { acceptedType } from "../../serve/accept.ts";
import type { CheckReport, HealthReport, HealthVerdict } from "../report.ts";

/** The formats of health answers, in the order of preference for clients that have none. */
const FORMATS = ["text/plain", "application/health+json", "application/json"] as const;

/** A format of health answers. */
export type Format = (typeof FORMATS)[number];

/**
 * The format that an `Accept` header asks for; plain text if it asks for none of ours, because an
 * orchestrator reads only the status code.
 */
export function formatOf(accept: string | undefined): Format {
  return acceptedType(accept, FORMATS) ?? "text/plain";
}

/** `Retry-After` if no run of a failing check is scheduled, and its greatest value. */
const RETRY_AFTER_S = 5;
const MAX_RETRY_AFTER_S = 60;

/** The answer for a group: 200 if it is healthy enough, else 503. */
export function answerOf(verdict: HealthVerdict | HealthReport, format: Format): Answer {
  const report = "checks" in verdict ? verdict : undefined;
  const body = format === "text/plain" ? text(verdict, report) : json(verdict, report);
  return {
    status: verdict.ok ? 200 : 503,
    headers: {
      "content-type": format === "text/plain" ? "text/plain; charset=utf-8" : format,
      "content-length": String(Buffer.byteLength(body)),
      // Health changes at any time, so no cache may keep an answer.
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

/** The format of draft-inadarei-api-health-check-06, which has only pass, warn and fail. */
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

/** The check's own values, converted to JSON; undefined if that fails. */
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
