import type { Clock } from "../shared/clock.ts";

/** The greatest age of the last reading, in milliseconds. */
const MAX_AGE_MS = 20;

/**
 * A cheap clock for thousands of runs. It reads the machine's clock, a system call, only when the last
 * reading is old, and counts on from there. It may notice a suspend late, which is fine for a schedule but
 * not for a lease. Never goes backward.
 */
export function roughClock(clock: Clock): Clock {
  // A clock without an estimate is cheap already, for example a test's manual clock.
  if (clock.estimate === undefined) return clock;
  let readAtMs = -Infinity;
  let read = 0;
  return {
    now() {
      const atMs = performance.now();
      const agedMs = atMs - readAtMs;
      if (agedMs < MAX_AGE_MS) return read + agedMs;
      read = readAtMs === -Infinity ? clock.now() : Math.max(read + MAX_AGE_MS, clock.now());
      readAtMs = atMs;
      return read;
    },
    wallTime: () => clock.wallTime(),
    after: (delayMs, callback) => clock.after(delayMs, callback),
  };
}
