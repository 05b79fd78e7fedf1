import type { Clock } from "../shared/clock.ts";
import { type CheckFunction, failure, type Finding, readAnswer } from "./result.ts";
import type { StallWatch } from "./stall.ts";

/** What a run needs. */
export interface RunOptions {
  readonly clock: Clock;
  readonly stalls: StallWatch;
  readonly timeoutMs: number;
  /** How long the function may continue after its signal aborted before we stop waiting for it. */
  readonly killTimeoutMs: number;
  readonly timeoutError: () => Error;
}

/** One call of a check's function. */
export interface Run {
  readonly startedAtMs: number;
  /** Its finding, after its timeout at the latest. Never rejects. */
  readonly finding: Promise<Finding>;
  /** Resolves when the function has returned, or when we stopped waiting for it. Never rejects. */
  readonly ended: Promise<"returned" | "abandoned">;
  /** Resolves when the function has returned, however late. Never rejects. */
  readonly returned: Promise<void>;
  /** Aborts the function's signal; ignore the finding then. */
  cancel(reason: Error): void;
}

/** If the event loop was blocked this long during a run, a failure of the run is inconclusive. */
const MAX_STALL_MS = 500;
/** The inaccuracy of timers: a check that got this much less than its time limit still had its full time. */
const TOLERANCE_MS = 5;

/**
 * Calls `check` once, with a time limit of `timeoutMs`. If the event loop was blocked, the limit is extended once
 * by the lost time. If a check still had too little time, its outcome is unknown, not failed.
 */
export function startRun(check: CheckFunction, options: RunOptions): Run {
  const { clock, timeoutMs } = options;
  const controller = new AbortController();
  const finding = Promise.withResolvers<Finding>();
  const ended = Promise.withResolvers<"returned" | "abandoned">();
  const startedAtMs = clock.now();
  const watching = options.stalls.begin();
  let cancelTimer = (): void => {};

  const conclude = (found: Finding): void => {
    cancelTimer();
    const stalledMs = watching.stalledMs();
    watching.end();
    finding.resolve(stalledMs > 0 ? { ...found, stalledMs } : found);
  };
  const giveUp = (found: Finding, reason: Error): void => {
    conclude(found);
    cancelTimer = clock.after(options.killTimeoutMs, () => ended.resolve("abandoned"));
    controller.abort(reason);
  };
  const onTimeout = (extended: boolean): void => {
    const missingMs = timeoutMs - (clock.now() - startedAtMs - watching.stalledMs());
    if (missingMs > TOLERANCE_MS && !extended) {
      cancelTimer = clock.after(missingMs, () => onTimeout(true));
      return;
    }
    const error = options.timeoutError();
    giveUp({ outcome: missingMs > TOLERANCE_MS ? "unknown" : "fail", error }, error);
  };
  const onReturn = (found: Finding): void => {
    const blamed = found.outcome === "fail" && watching.stalledMs() >= MAX_STALL_MS;
    conclude(blamed ? { ...found, outcome: "unknown" } : found);
  };

  cancelTimer = clock.after(timeoutMs, () => onTimeout(false));
  const returned = call(check, controller.signal).then((found) => {
    cancelTimer();
    ended.resolve("returned");
    onReturn(found);
  });
  return {
    startedAtMs,
    finding: finding.promise,
    ended: ended.promise,
    returned,
    cancel: (reason) => giveUp(failure(reason), reason),
  };
}

/** Calls the function; never throws or rejects. */
async function call(check: CheckFunction, signal: AbortSignal): Promise<Finding> {
  try {
    return readAnswer(await check({ signal }));
  } catch (error) {
    return failure(error);
  }
}
