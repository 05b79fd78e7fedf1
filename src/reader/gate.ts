import type { Clock } from "../shared/clock.ts";
import type { TaskState } from "../task/task.ts";

/** Why an export was held. */
export type HoldReason =
  /** The process has no number yet, or lost it. */
  | "no_number"
  /** The lease would end before the export does. */
  | "lease_ending"
  /** The number was released. */
  | "released"
  /** The number has changed since the data was collected. */
  | "renumbered"
  /** Development mode was turned on after the data was collected. */
  | "desk"
  /** The reader's last export took too long, so the reader may send nothing any more. */
  | "ended";

/** The part of the lease that the gate uses. */
export interface GateView {
  readonly state: TaskState;
  /** The time by the clock since which no number is certain. Undefined while one is. */
  readonly unsureSinceMs: number | undefined;
  isSure(marginMs: number): boolean;
}

/** The time limits of the gate. */
export interface GatePolicy {
  /** The time limit of one export. */
  readonly exportTimeoutMs: number;
  /** How long a push reader is held while there is no number. `Infinity` means until there is one. */
  readonly unnumberedHoldMs: number;
}

/** What may be exported now: data under the number, nothing, or data under the process's own identity. */
export type Standing =
  | { readonly kind: "numbered" }
  | { readonly kind: "held"; readonly reason: HoldReason }
  | { readonly kind: "unnumbered" };

/** Returns why an export that takes up to `exportTimeoutMs` must not begin, or undefined if it may. */
export function holdReason(lease: GateView, exportTimeoutMs: number): HoldReason | undefined {
  if (lease.isSure(exportTimeoutMs)) return undefined;
  if (lease.state === "released") return "released";
  return lease.state === "unassigned" ? "no_number" : "lease_ending";
}

/**
 * Returns what may be exported now. After the number was released, nothing may be.
 * @param isLast whether this is the last export. It does not wait for a number, unless `unnumberedHoldMs` is
 *   `Infinity`
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
