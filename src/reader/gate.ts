import type { TaskState } from "../task/task.ts";

/** Why an export was held. */
export type HoldReason =
  /** The process has no number yet, or lost it. */
  | "no_number"
  /** The lease would end before the export does. */
  | "lease_ending"
  /** The number was handed back. */
  | "released";

/** What the gate asks about the lease. */
export interface GateView {
  readonly state: TaskState;
  isSure(marginMs: number): boolean;
}

/** Whether an export that takes up to `exportTimeoutMs` may begin: undefined, or why not. */
export function holdReason(lease: GateView, exportTimeoutMs: number): HoldReason | undefined {
  if (lease.isSure(exportTimeoutMs)) return undefined;
  if (lease.state === "released") return "released";
  return lease.state === "unassigned" ? "no_number" : "lease_ending";
}
