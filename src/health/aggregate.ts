import type { Status } from "../check/result.ts";
import type { CheckState } from "./metrics.ts";

/** A check as its groups see it. */
export interface Member {
  readonly name: string;
  readonly state: CheckState;
  readonly critical: boolean;
  /** Names of checks whose failure explains a failure of this one. */
  readonly dependsOn: readonly string[];
  /** Whether it is under maintenance, and so does not count. */
  readonly maintained: boolean;
  /** The status that an operator set; it replaces the result. */
  readonly forced: Status | undefined;
}

/** The status that a member contributes to its group; undefined if it is paused or under maintenance. */
export function countsAs({ state, maintained, forced }: Member): Status | undefined {
  if (forced !== undefined) return forced;
  return maintained || state === "paused" ? undefined : state;
}

/**
 * The status of a group: `fail` if a critical member fails, else `unknown` if a critical one has no result
 * yet, else `warn` if any member does not pass, else `pass`.
 */
export function aggregate(members: Iterable<Member>): Status {
  let unknown = false;
  let degraded = false;
  for (const member of members) {
    const status = countsAs(member);
    if (status === undefined || status === "pass") continue;
    if (status === "fail" && member.critical) return "fail";
    if (status === "unknown" && member.critical) unknown = true;
    if (status === "fail" || status === "warn") degraded = true;
  }
  if (unknown) return "unknown";
  return degraded ? "warn" : "pass";
}

/**
 * The name of the check whose failure explains the failure of `member`: its first failing dependency, or that
 * dependency's own cause. Undefined if the check does not fail, or if no dependency fails.
 */
export function causeOf(member: Member, byName: ReadonlyMap<string, Member>): string | undefined {
  if (countsAs(member) !== "fail") return undefined;
  const seen = new Set([member.name]);
  let cause: Member | undefined;
  for (let next = failingParent(member, byName, seen); next !== undefined;) {
    cause = next;
    seen.add(next.name);
    next = failingParent(next, byName, seen);
  }
  return cause?.name;
}

function failingParent(
  member: Member,
  byName: ReadonlyMap<string, Member>,
  seen: ReadonlySet<string>,
): Member | undefined {
  for (const name of member.dependsOn) {
    const parent = byName.get(name);
    // A failing dependency explains failures even while it is under maintenance.
    const fails = parent !== undefined && (parent.forced ?? parent.state) === "fail";
    if (fails && !seen.has(name)) return parent;
  }
  return undefined;
}
