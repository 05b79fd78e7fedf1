import type { HeartbeatOutcome } from "./lease.ts";

/**
 * What can happen to a task's number: `granted` under a new epoch; `renewed`; `lost`, when the process may
 * no longer rely on it, because the lease ended or the allocator said so; `regained`, when the number of an
 * ended lease turns out to be still ours; `full`, when other processes hold all numbers.
 */
export type TaskEvent = "granted" | "renewed" | "lost" | "regained" | "full";

/** The events of `task.on`, and what each listener gets. */
export type TaskEvents = Readonly<Record<TaskEvent, void>> & {
  /** A heartbeat got its answer, or failed. */
  readonly heartbeat: HeartbeatReport;
};

/** The result of one heartbeat. */
export interface HeartbeatReport {
  readonly outcome: HeartbeatOutcome;
  readonly durationMs: number;
}
