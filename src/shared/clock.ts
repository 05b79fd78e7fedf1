import { uptime } from "node:os";

/**
 * The one way this package asks for time and waits for it, so that tests move time by hand.
 */
export interface Clock {
  /**
   * Milliseconds, with fractions, on a scale that never goes backward and counts the time that the
   * machine was suspended. Only differences mean something.
   */
  now(): number;
  /**
   * A cheap estimate of `now`, for checks at every request; `now` costs microseconds. May run ahead or,
   * after the machine was suspended, behind: ask `now` before you act on it. @default `now`
   */
  estimate?(): number;
  /** Milliseconds since the Unix epoch. For time stamps that people read; never for a deadline. */
  wallTime(): number;
  /**
   * Calls `callback` once after `delayMs`, on a timer that does not keep the process alive.
   * @returns a function that cancels the call; harmless afterwards.
   */
  after(delayMs: number, callback: () => void): () => void;
}

/** A cheap time, for durations that only get reported. */
export function aboutNow(clock: Clock): number {
  return clock.estimate?.() ?? clock.now();
}

/** The longest delay of a Node.js timer (2^31 - 1 ms); a longer one would fire at once. */
const MAX_TIMER_MS = 2_147_483_647;

/** How long a reading of `os.uptime()` may be used, in milliseconds by `performance.now()`. */
const UPTIME_MS = 1;

/**
 * The machine's clock.
 *
 * `now` is the larger of two elapsed times: `performance.now()`, which stops while a Linux machine is
 * suspended, and `os.uptime()`, which goes on (with a resolution of 10 ms). `os.uptime()` reads a file, so
 * within a millisecond `now` adds `performance.now()` to its last reading. It reads again earlier if the wall
 * clock jumped, as it does after a suspend. People and NTP can change the wall clock, so no time of `now` is
 * computed from it; only `estimate` uses it.
 */
export function systemClock(): Clock {
  const startedAt = performance.now();
  const startedAtUptime = uptime() * 1_000;
  let latest = 0;
  // The last time that `now` returned.
  let returned = 0;
  // The readings of the cheap clocks when `latest` was read; the wall clock counts a suspend too.
  let readAt = startedAt;
  let readAtWall = Date.now();
  // How far the wall clock has moved beyond `performance.now()` since then, and when that was measured.
  let aheadMs = 0;
  let lookedAt = -Infinity;
  return {
    now() {
      const at = performance.now();
      const atWall = Date.now();
      const elapsed = at - readAt;
      // The wall clock has a resolution of a millisecond.
      const hasRun = atWall - readAtWall >= 0 && atWall - readAtWall <= 1;
      if (elapsed < UPTIME_MS && hasRun) return (returned = Math.max(returned, latest + elapsed));
      readAt = at;
      readAtWall = atWall;
      const elapsedUptime = uptime() * 1_000 - startedAtUptime;
      returned = latest = Math.max(returned, readAt - startedAt, elapsedUptime);
      lookedAt = -Infinity;
      return latest;
    },
    estimate() {
      const elapsed = performance.now() - readAt;
      // The wall clock has a resolution of a millisecond, and each reading costs time.
      if (elapsed - lookedAt >= 1) {
        lookedAt = elapsed;
        aheadMs = Math.max(0, Date.now() - readAtWall - elapsed);
      }
      return latest + elapsed + aheadMs;
    },
    wallTime: () => Date.now(),
    after(delayMs, callback) {
      const timer = setTimeout(callback, Math.min(Math.max(delayMs, 0), MAX_TIMER_MS));
      timer.unref();
      return () => clearTimeout(timer);
    },
  };
}
