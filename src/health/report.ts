import type { Status } from "../check/result.ts";
import { aggregate, causeOf, type Member } from "./aggregate.ts";
import { type Entry, resultOf, stateOf } from "./entry.ts";
import type { Maintenance } from "../check/maintenance.ts";
import type { ForcedStatus } from "./forced-status.ts";
import type { HealthCheckResult } from "./result.ts";

/** A check in a report. */
export interface CheckReport extends HealthCheckResult {
  readonly groups: readonly string[];
  readonly critical: boolean;
  /** The check whose failure explains this one's. */
  readonly causedBy?: string;
  /** Whether it is under maintenance, so that it does not count. */
  readonly maintenance: boolean;
  /** The status that an operator set, and why. */
  readonly forced?: { readonly status: Status; readonly reason: string };
  /** The milliseconds until its next run. */
  readonly nextRunInMs?: number;
}

/** The status of a group of checks, from their last results. */
export interface HealthVerdict {
  readonly group: string;
  readonly status: Status;
  /** Whether an orchestrator gets 200 (true) or 503 (false). */
  readonly ok: boolean;
  /** Why the status differs from the results of the checks: `starting`, `draining`, or an operator's reason. */
  readonly reason?: string;
  /** For a failing group: the milliseconds until the next run that may end the failure. */
  readonly retryInMs?: number;
}

/** The status of a group, with its checks. */
export interface HealthReport extends HealthVerdict {
  readonly checks: readonly CheckReport[];
}

/** The data that a report is made from. */
export interface ReportSource {
  readonly entries: readonly Entry[];
  readonly forcedStatus: ForcedStatus;
  readonly maintenance: Maintenance;
  readonly wallTime: number;
  readonly started: boolean;
  readonly draining: boolean;
}

/** The group of all checks. */
export const ALL = "health";

/** The status of a group, or of all checks. */
export function verdictOf(group: string, source: ReportSource): HealthVerdict {
  const inGroup = entriesOf(group, source);
  const found = aggregate(inGroup.map((entry) => memberOf(entry, source)));
  const judged = { group, ...judge(group, found, source) };
  if (judged.ok) return judged;
  const waiting = judged.reason === "starting" ? entriesOf("startup", source) : inGroup;
  const next = waiting.flatMap((entry) =>
    stateOf(entry) === "pass" ? [] : (entry.runner.nextRunInMs ?? []),
  );
  return next.length === 0 ? judged : { ...judged, retryInMs: Math.min(...next) };
}

/** The report of a group, or of all checks. */
export function reportOf(group: string, source: ReportSource): HealthReport {
  const members = new Map(source.entries.map((entry) => [entry.name, memberOf(entry, source)]));
  const checks = entriesOf(group, source).map((entry) => checkReport(entry, members, source));
  return { ...verdictOf(group, source), checks };
}

/** Whether all startup checks passed or only warned. */
export function startupPassed(source: Omit<ReportSource, "started" | "draining">): boolean {
  const startup = entriesOf("startup", source);
  const status = aggregate(startup.map((entry) => memberOf(entry, source)));
  return status === "pass" || status === "warn";
}

function judge(
  group: string,
  found: Status,
  { forcedStatus, started, draining }: ReportSource,
): Pick<HealthVerdict, "status" | "ok" | "reason"> {
  const forced = forcedStatus.forcedGroup(group);
  if (forced !== undefined) {
    return { status: forced.status, ok: forced.status !== "fail", reason: forced.reason };
  }
  switch (group) {
    case "liveness":
      // Do not restart a process because its state is unknown or because it is still starting.
      if (!started) return { status: "pass", ok: true, reason: "starting" };
      return { status: found, ok: found !== "fail" };
    case "startup":
      return started ? { status: "pass", ok: true } : { status: found, ok: false };
    case ALL:
      return { status: found, ok: found !== "fail" };
    default:
      if (draining && group === "readiness") {
        return { status: "fail", ok: false, reason: "draining" };
      }
      if (!started) return { status: "fail", ok: false, reason: "starting" };
      return { status: found, ok: found === "pass" || found === "warn" };
  }
}

function entriesOf(group: string, { entries }: Pick<ReportSource, "entries">): readonly Entry[] {
  if (group === ALL) return entries;
  return entries.filter(({ settings }) => settings.groups.includes(group));
}

function memberOf(
  entry: Entry,
  {
    forcedStatus,
    maintenance,
    wallTime,
  }: Pick<ReportSource, "forcedStatus" | "maintenance" | "wallTime">,
): Member {
  return {
    name: entry.name,
    state: stateOf(entry),
    critical: entry.settings.critical,
    dependsOn: entry.settings.dependsOn,
    maintained: maintenance.covers(entry.name, wallTime),
    forced: forcedStatus.forcedCheck(entry.name)?.status,
  };
}

function checkReport(
  entry: Entry,
  members: ReadonlyMap<string, Member>,
  { forcedStatus }: ReportSource,
): CheckReport {
  const member = members.get(entry.name)!;
  const causedBy = causeOf(member, members);
  const forced = forcedStatus.forcedCheck(entry.name);
  const { nextRunInMs } = entry.runner;
  return {
    ...resultOf(entry),
    groups: entry.settings.groups,
    critical: entry.settings.critical,
    ...(causedBy !== undefined && { causedBy }),
    maintenance: member.maintained,
    ...(forced !== undefined && { forced }),
    ...(nextRunInMs !== undefined && { nextRunInMs }),
  };
}
