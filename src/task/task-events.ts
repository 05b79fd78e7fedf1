import type { HeartbeatOutcome } from "./lease.ts";

/**
 * What can happen to a task's number: `granted` under a new epoch; `renewed`; `lost`, when the process may
 * no longer rely on it, because the lease ended or it was told so; `regained`, when a lease that had ended
 * turns out to hold still; `full`, when all numbers are held by others.
 */
export type TaskEvent = "granted" | "renewed" | "lost" | "regained" | "full";

/** What `task.on` can follow, and what each listener is given. */
export type TaskEvents = Readonly<Record<TaskEvent, void>> & {
  /** The allocator was asked, and answered so, or did not answer. */
  readonly heartbeat: HeartbeatReport;
};

/** How one heartbeat went. */
export interface HeartbeatReport {
  readonly outcome: HeartbeatOutcome;
  readonly durationMs: number;
}
