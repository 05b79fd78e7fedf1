import type { Clock } from "../shared/clock.ts";
import type { TaskState } from "../task/task.ts";

/** Why an export was held. */
export type HoldReason =
  /** The process has no number yet, or lost it. */
  | "no_number"
  /** The lease would end before the export does. */
  | "lease_ending"
  /** The number was handed back. */
  | "released"
  /** The number is another one than when the data was collected. */
  | "renumbered"
  /** Development mode was turned on after the data was collected. */
  | "desk"
  /** The reader's end took too long, so that it sends nothing any more. */
  | "ended";

/** What the gate asks about the lease. */
export interface GateView {
  readonly state: TaskState;
  /** Since when, on the clock's scale, there is no number to rely on; undefined while there is one. */
  readonly unsureSinceMs: number | undefined;
  isSure(marginMs: number): boolean;
}

/** How long the gate waits for what. */
export interface GatePolicy {
  /** The longest that one export takes. */
  readonly exportTimeoutMs: number;
  /** How long a push reader is held for want of a number; `Infinity` for as long as that lasts. */
  readonly unnumberedHoldMs: number;
}

/** What may leave now: data under the number, nothing, or data under the process's own identity. */
export type Standing =
  | { readonly kind: "numbered" }
  | { readonly kind: "held"; readonly reason: HoldReason }
  | { readonly kind: "unnumbered" };

/** Whether an export that takes up to `exportTimeoutMs` may begin: undefined, or why not. */
export function holdReason(lease: GateView, exportTimeoutMs: number): HoldReason | undefined {
  if (lease.isSure(exportTimeoutMs)) return undefined;
  if (lease.state === "released") return "released";
  return lease.state === "unassigned" ? "no_number" : "lease_ending";
}

/**
 * What may leave now. Once the number was handed back, nothing does any more.
 * @param isLast whether it is now or never: then nobody waits for a number, unless that is for ever
 */
export function standingOf(
  lease: GateView,
  policy: GatePolicy,
  clock: Pick<Clock, "now">,
  isLast = false,
): Standing {
  const reason = holdReason(lease, policy.exportTimeoutMs);
  if (reason === undefined) return { kind: "numbered" };
  const { unsureSinceMs } = lease;
  const waitedMs = unsureSinceMs === undefined ? -1 : Math.max(0, clock.now() - unsureSinceMs);
  const holds = isLast ? policy.unnumberedHoldMs === Infinity : waitedMs < policy.unnumberedHoldMs;
  return reason === "released" || holds ? { kind: "held", reason } : { kind: "unnumbered" };
}
