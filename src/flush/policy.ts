import { backoffMs } from "../shared/backoff.ts";
import { SILENT_AFTER } from "../shared/silence.ts";

/**
 * What decides whether a request flushes. Times are those of the process's own clock. Pure data: the
 * functions below make the next state from one state and an event. Rules and figures are those of luci-go's
 * `server/tsmon`, unless a comment says otherwise.
 */
export interface FlushState {
  /** When the next flush is due. */
  readonly nextMs: number;
  /** When the flush in progress began; undefined while there is none. */
  readonly underWaySinceMs: number | undefined;
  /** Whether the flush in progress has exceeded its time limit, so that nobody waits for it any more. */
  readonly isOverdue: boolean;
  /** When the last flush that succeeded began; before the first one, since when flushes are on. */
  readonly lastSuccessMs: number;
  /** Whether one has succeeded. */
  readonly hasSucceeded: boolean;
  /** Flushes since the last success, or since flushes are on. */
  readonly attempts: number;
  /** Flushes that failed one after the other. */
  readonly failures: number;
  /** Whether the lack of success was reported. */
  readonly isSilent: boolean;
}

/** The result of a flush; `no_number` means that the allocator has no task number for us yet. */
export type FlushResult = "flushed" | "no_number" | "failed";

/** A step of the policy: the next state, and what to report, once per silent period. */
export interface FlushStep {
  readonly state: FlushState;
  /** `silent`: no success for more than five intervals; `recovered`: the first success after that. */
  readonly news: "silent" | "recovered" | undefined;
}

/** A flush may begin this much before it is due. */
export const EARLY_MS = 100;
const BACKOFF = { firstMs: 10_000, maxMs: 640_000 } as const;
/** A flush that has not ended after this time never will. luci-go has no such limit. */
const LOST_AFTER_MS = BACKOFF.maxMs;

/**
 * The state when flushes are turned on: the first one is due at once. `before` is the state when they were
 * turned off.
 */
export function switchedOn(nowMs: number, before?: FlushState): FlushState {
  return {
    nextMs: nowMs,
    // It may still be running, and two must not run at the same time.
    underWaySinceMs: before?.underWaySinceMs,
    isOverdue: before?.underWaySinceMs !== undefined,
    lastSuccessMs: nowMs,
    hasSucceeded: false,
    attempts: 0,
    failures: 0,
    isSilent: false,
  };
}

/** Whether a request that ends now should flush. */
export function isDue(state: FlushState, nowMs: number): boolean {
  return nowMs >= state.nextMs - EARLY_MS && !isUnderWay(state, nowMs);
}

/** Whether a flush is in progress, so that other requests do not flush. */
export function isUnderWay({ underWaySinceMs }: FlushState, nowMs: number): boolean {
  return underWaySinceMs !== undefined && nowMs - underWaySinceMs < LOST_AFTER_MS;
}

/** The state when a flush begins. */
export function begun(state: FlushState, nowMs: number): FlushState {
  return { ...state, underWaySinceMs: nowMs, isOverdue: false };
}

/**
 * The state when the flush in progress has its result.
 * @param intervalMs the flush interval; a changed one takes effect here
 */
export function ended(
  state: FlushState,
  result: FlushResult,
  intervalMs: number,
  nowMs: number,
): FlushStep {
  const startedMs = state.underWaySinceMs ?? nowMs;
  const over = { ...state, underWaySinceMs: undefined, isOverdue: false };
  if (state.isOverdue) return overdueEnded(over, result, startedMs);
  if (result === "flushed") {
    const next = { nextMs: startedMs + intervalMs, failures: 0 };
    return success({ ...over, ...next }, startedMs);
  }
  return unsuccessful(over, result, startedMs, intervalMs, nowMs);
}

/**
 * The flush in progress exceeded its time limit: it counts as failed. It may go on if it ignores the
 * signal.
 */
export function timedOut(state: FlushState, intervalMs: number, nowMs: number): FlushStep {
  const startedMs = state.underWaySinceMs ?? nowMs;
  const { state: next, news } = unsuccessful(state, "failed", startedMs, intervalMs, nowMs);
  return { state: { ...next, isOverdue: true }, news };
}

/** It was counted and rescheduled at its time limit, but a late success is a success. */
function overdueEnded(state: FlushState, result: FlushResult, startedMs: number): FlushStep {
  return result === "flushed" ? success(state, startedMs) : { state, news: undefined };
}

function success(state: FlushState, startedMs: number): FlushStep {
  return {
    state: {
      ...state,
      lastSuccessMs: Math.max(startedMs, state.lastSuccessMs),
      hasSucceeded: true,
      attempts: 0,
      isSilent: false,
    },
    news: state.isSilent ? "recovered" : undefined,
  };
}

function unsuccessful(
  state: FlushState,
  result: "no_number" | "failed",
  startedMs: number,
  intervalMs: number,
  nowMs: number,
): FlushStep {
  const isSilent = state.isSilent || startedMs - state.lastSuccessMs > SILENT_AFTER * intervalMs;
  const after =
    result === "no_number" ? waiting(startedMs, intervalMs) : failed(state, startedMs, nowMs);
  return {
    state: { ...state, ...after, attempts: state.attempts + 1, isSilent },
    news: isSilent && !state.isSilent ? "silent" : undefined,
  };
}

/** "No task number yet" is not an error: a retry would not bring the number sooner. */
function waiting(startedMs: number, intervalMs: number): Partial<FlushState> {
  return { nextMs: startedMs + intervalMs, failures: 0 };
}

/**
 * The next flush is due 10, 20, … 640 seconds after the failed one began, whatever the interval is, and at
 * least half of that time after it ended. The half matters for a flush that takes longer than luci-go allows.
 */
function failed(state: FlushState, startedMs: number, nowMs: number): Partial<FlushState> {
  const failures = state.failures + 1;
  const waitMs = backoffMs(failures, BACKOFF);
  return { nextMs: Math.max(startedMs + waitMs, nowMs + waitMs / 2), failures };
}
