import { type GatePolicy, standingOf } from "../reader/gate.ts";
import type { Clock } from "../shared/clock.ts";
import type { Task } from "../task/task.ts";

/**
 * Makes sure that the task number lasts for an export: the process may have been without CPU since its last
 * heartbeat. Without a number, an export may begin only after readers have waited long enough.
 */
export async function readyToExport(
  task: Task,
  policy: GatePolicy,
  clock: Clock,
  signal: AbortSignal,
): Promise<"held" | "unnumbered" | "no_number" | "failed"> {
  const refreshed = await task.refresh({ marginMs: policy.exportTimeoutMs, signal });
  if (refreshed === "held") return "held";
  const standing = standingOf(task, policy, clock);
  return standing.kind === "unnumbered" ? "unnumbered" : refreshed;
}
