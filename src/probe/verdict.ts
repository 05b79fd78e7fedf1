import type { CheckAnswer } from "../check/result.ts";
import type { TargetResult } from "./target-run.ts";

/** How many targets must pass: all, or at least one. */
export type CheckQuorum = "all" | "any";

/** The most targets named in a message. */
const MAX_NAMED = 5;

/** Combines the results of a probe's targets into one health check answer. */
export function verdictOf(results: readonly TargetResult[], quorum: CheckQuorum): CheckAnswer {
  const failing = results.filter(({ status }) => status === "fail");
  const warning = results.filter(({ status }) => status === "warn" || status === "unknown");
  const data = { targets: results.length, failing: failing.length };
  if (results.length === 0) return { status: "warn", message: "there is no target", data };
  if (failing.length > 0) {
    const isDown = quorum === "all" || failing.length === results.length;
    return { status: isDown ? "fail" : "warn", message: named(failing), data };
  }
  if (warning.length > 0) return { status: "warn", message: named(warning), data };
  return { status: "pass", data };
}

function named(results: readonly TargetResult[]): string {
  const shown = results.slice(0, MAX_NAMED).map(({ target, status, error, explainedBy }) => {
    const why = explainedBy === undefined ? (error?.message ?? status) : `${explainedBy} is down`;
    return `${target.name}: ${why}`;
  });
  const more = results.length - shown.length;
  return more > 0 ? `${shown.join("; ")}; and ${more} more` : shown.join("; ");
}
