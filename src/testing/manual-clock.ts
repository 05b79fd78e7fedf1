import type { Clock } from "../shared/clock.ts";

/** A clock that stands still until a test moves it. */
export interface ManualClock extends Clock {
  /**
   * Moves the time on by `ms`, and fires what comes due on the way, in order and each at its own
   * time. Before and after each it lets promises settle, so that a timer which a callback sets
   * within the span fires too. Rejects with what a callback throws.
   */
  advance(ms: number): Promise<void>;
  /** How many timers are waiting. */
  readonly pending: number;
}

/** Options of {@link manualClock}. */
export interface ManualClockOptions {
  /** Where the wall clock starts, in milliseconds since the Unix epoch. @default 2026-01-01 UTC */
  readonly wallTime?: number;
}

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** How many turns of the event loop promises get to settle. */
const SETTLE_TURNS = 3;

/** A {@link ManualClock} whose `now` begins at 0. */
export function manualClock(options: ManualClockOptions = {}): ManualClock {
  const startedAt = options.wallTime ?? Date.UTC(2026, 0, 1);
  const timers = new Set<Timer>();
  let now = 0;

  return {
    now: () => now,
    wallTime: () => startedAt + now,
    after(delayMs, callback) {
      const timer = { at: now + Math.max(delayMs, 0), callback };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    async advance(ms) {
      const until = now + Math.max(ms, 0);
      await settle();
      for (let due = first(timers, until); due !== undefined; due = first(timers, until)) {
        timers.delete(due);
        now = due.at;
        due.callback();
        await settle();
      }
      now = until;
    },
    get pending() {
      return timers.size;
    },
  };
}

/** The earliest timer that is due at `until`; of several at one time, the one that was set first. */
function first(timers: Iterable<Timer>, until: number): Timer | undefined {
  let earliest: Timer | undefined;
  for (const timer of timers) {
    if (timer.at <= until && (earliest === undefined || timer.at < earliest.at)) earliest = timer;
  }
  return earliest;
}

/** Turns of the real event loop; the reference is taken early, so that fake timers do not stop it. */
const realSetImmediate = setImmediate;

async function settle(): Promise<void> {
  for (let turn = 0; turn < SETTLE_TURNS; turn++) {
    await new Promise<void>((resolve) => realSetImmediate(resolve));
  }
}
