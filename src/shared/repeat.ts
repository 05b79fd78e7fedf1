import type { Clock } from "./clock.ts";

/** A running loop. */
export interface Repeat {
  /** Ends the loop: no further step begins, and the signal of the running step aborts. Idempotent. */
  stop(): void;
  /** Begins the next step now instead of when it is due, unless a step is running. */
  hurry(): void;
  /** Settles when no step is running. Never rejects. */
  idle(): Promise<void>;
}

/**
 * Runs `step` at once and then again and again, never two at a time. Each step returns how many
 * milliseconds to wait before the next one. A step must handle its own errors; if it rejects anyway, the
 * next one begins after `onErrorMs`.
 */
export function repeat(
  clock: Clock,
  step: (signal: AbortSignal) => Promise<number>,
  onErrorMs: number,
): Repeat {
  const controller = new AbortController();
  let cancelTimer: (() => void) | undefined;
  let underWay: Promise<void> | undefined;

  const begin = (): void => {
    if (controller.signal.aborted || underWay !== undefined) return;
    cancelTimer?.();
    cancelTimer = undefined;
    underWay = run();
  };
  const run = async (): Promise<void> => {
    const delayMs = await step(controller.signal).catch(() => onErrorMs);
    underWay = undefined;
    if (!controller.signal.aborted) cancelTimer = clock.after(delayMs, begin);
  };
  begin();

  return {
    stop() {
      controller.abort();
      cancelTimer?.();
      cancelTimer = undefined;
    },
    hurry: begin,
    async idle() {
      await underWay;
    },
  };
}
