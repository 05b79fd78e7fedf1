import type { Grant, Heartbeat, HeartbeatAnswer } from "./allocator.ts";
import type { LeasePolicy } from "./policy.ts";

/**
 * What a process knows about its lease. Times are those of its own clock. Pure data: the functions below
 * make the next state from one state and an event.
 */
export interface LeaseState {
  /** The number of the last heartbeat sent. */
  readonly seq: number;
  /** The grant, as far as the process knows; kept past the deadline until the allocator says otherwise. */
  readonly grant?: Grant;
  /** How long the process may rely on the grant, counted from before the heartbeat was sent. */
  readonly deadlineMs?: number;
  /**
   * The longest hold among the target's processes, as the allocator reported it; absent when it reported
   * none.
   */
  readonly longestHoldMs?: number;
  /** How long that value counts although the allocator now reports a shorter one, or none. */
  readonly longestHoldUntilMs?: number;
  /** The number was handed back; no heartbeat is sent until a new start. */
  readonly released: boolean;
}

/** The outcome of a heartbeat. */
export type HeartbeatOutcome =
  | "granted"
  | "renewed"
  | "no_number"
  | "lost"
  | "collision"
  | "full"
  | "error";

/** The state before the first heartbeat. */
export const NO_LEASE: LeaseState = Object.freeze({ seq: 0, released: false });

/**
 * The next heartbeat to send, and the state after sending it. It claims the held number only while the
 * lease lasts: a store that lost its latest entries believes such a claim, and after the deadline another
 * process may have had the number.
 */
export function nextHeartbeat(
  state: LeaseState,
  policy: LeasePolicy,
  nowMs: number,
): { readonly state: LeaseState; readonly heartbeat: Heartbeat } {
  const seq = state.seq + 1;
  return {
    state: { ...state, seq },
    heartbeat: {
      seq,
      ...(state.grant !== undefined && isSure(state, nowMs, 0) && { held: state.grant }),
      holdMs: policy.holdMs,
      ...(state.longestHoldMs !== undefined && { longestHoldMs: state.longestHoldMs }),
      leaseMs: policy.leaseMs,
      maxTasks: policy.maxTasks,
    },
  };
}

/**
 * The state after the answer to the heartbeat sent at `sentAtMs`. An answer that breaks the contract is an
 * error and changes nothing. A grant that is older than the held one, or that has another number under the
 * same epoch, is a collision: the store has forgotten what it told this instance.
 */
export function applyAnswer(
  state: LeaseState,
  answer: HeartbeatAnswer,
  sentAtMs: number,
  policy: LeasePolicy,
): { readonly state: LeaseState; readonly outcome: HeartbeatOutcome } {
  if (state.released) return { state, outcome: "error" };
  const told = answer.kind === "granted" && isSpan(answer.longestHoldMs) ? answer.longestHoldMs : 0;
  const none = { ...longestHold(state, told, sentAtMs), seq: state.seq, released: false };
  if (answer.kind !== "granted") return { state: none, outcome: answer.kind };
  if (!isGrant(answer, policy)) return { state, outcome: "error" };
  const renewed = state.grant?.epoch === answer.epoch;
  if (answer.epoch < (state.grant?.epoch ?? 0) || (renewed && !isSameNumber(answer, state.grant))) {
    return { state: none, outcome: "collision" };
  }
  const deadlineMs = sentAtMs + Math.min(answer.leaseMs, policy.leaseMs);
  return {
    state: {
      ...none,
      grant: grantOf(answer),
      deadlineMs: renewed ? Math.max(deadlineMs, state.deadlineMs ?? 0) : deadlineMs,
    },
    outcome: renewed ? "renewed" : "granted",
  };
}

/** The state after the number was handed back, which counts as one more heartbeat. */
export function applyRelease(state: LeaseState): LeaseState {
  return { seq: state.seq + 1, released: true };
}

/** The state in which a released task asks again. The heartbeat count continues, as stores require. */
export function applyStart(state: LeaseState): LeaseState {
  return state.released ? { seq: state.seq, released: false } : state;
}

/** The milliseconds until the deadline; zero without a lease, or after it. */
export function remainingMs(state: LeaseState, nowMs: number): number {
  return state.deadlineMs === undefined ? 0 : Math.max(0, state.deadlineMs - nowMs);
}

/** Whether the lease certainly lasts for another `marginMs`. */
export function isSure(state: LeaseState, nowMs: number, marginMs: number): boolean {
  return state.deadlineMs !== undefined && nowMs + marginMs < state.deadlineMs;
}

/**
 * The longest hold after an answer. An allocator that reports less than before may have forgotten a process
 * with a longer hold. So the earlier value counts until that number is free, and for the same time again
 * for calls in flight meanwhile.
 */
function longestHold(
  { longestHoldMs: known = 0, longestHoldUntilMs: until }: LeaseState,
  told: number,
  sentAtMs: number,
): Pick<LeaseState, "longestHoldMs" | "longestHoldUntilMs"> {
  const untilMs = until ?? sentAtMs + 2 * known;
  if (told < known && sentAtMs < untilMs) {
    return { longestHoldMs: known, longestHoldUntilMs: untilMs };
  }
  return told > 0 ? { longestHoldMs: told } : {};
}

function grantOf({ num, epoch, worker }: Grant): Grant {
  return { num, epoch, ...(worker !== undefined && { worker }) };
}

function isSameNumber(a: Grant, b: Grant | undefined): boolean {
  return a.num === b?.num && a.worker === b.worker;
}

function isSpan(ms: unknown): ms is number {
  return typeof ms === "number" && ms > 0 && Number.isFinite(ms);
}

function isGrant(answer: Grant & { readonly leaseMs: number }, policy: LeasePolicy): boolean {
  return (
    Number.isSafeInteger(answer.num) &&
    answer.num >= 0 &&
    answer.num < policy.maxTasks &&
    Number.isSafeInteger(answer.epoch) &&
    answer.epoch > 0 &&
    (answer.worker === undefined || (Number.isSafeInteger(answer.worker) && answer.worker >= 0)) &&
    answer.leaseMs > 0
  );
}
