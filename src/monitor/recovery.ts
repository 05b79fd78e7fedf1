/** If a recovery takes longer than usual, we expect it within a quarter of the time so far, at most this. */
const MAX_LATE_MS = 60_000;

/** Measures how long a service takes from down to up, and estimates when the current recovery ends. */
export class Recovery {
  readonly #times = new RecentTimes();
  readonly #guessMs: number | undefined;
  #downAtMs: number | undefined;
  #wokenAtMs: number | undefined;

  /** @param guessMs how long a recovery takes; used until we have measured one */
  constructor(guessMs: number | undefined) {
    this.#guessMs = guessMs;
  }

  /** How long a recovery usually takes, in milliseconds; undefined if unknown. */
  get usualMs(): number | undefined {
    return this.#times.medianMs ?? this.#guessMs;
  }

  /** The service went down. */
  begin(nowMs: number): void {
    this.#downAtMs = nowMs;
    this.#wokenAtMs = undefined;
  }

  /** A request wakes the service. The first call begins the measured time. */
  wake(nowMs: number): void {
    this.#wokenAtMs ??= nowMs;
  }

  /** The service came up. @returns how long that took, in milliseconds; undefined if it was not down */
  end(nowMs: number): number | undefined {
    const beganAtMs = this.#beganAtMs;
    this.#downAtMs = this.#wokenAtMs = undefined;
    if (beganAtMs === undefined) return undefined;
    const tookMs = Math.max(0, nowMs - beganAtMs);
    this.#times.add(tookMs);
    return tookMs;
  }

  /** In how many milliseconds we expect the service to be up; undefined while it is not down. */
  expectedMs(nowMs: number): number | undefined {
    const beganAtMs = this.#beganAtMs;
    if (beganAtMs === undefined) return undefined;
    const waitedMs = nowMs - beganAtMs;
    const leftMs = (this.usualMs ?? 0) - waitedMs;
    return leftMs > 0 ? leftMs : Math.min(waitedMs / 4, MAX_LATE_MS);
  }

  get #beganAtMs(): number | undefined {
    return this.#downAtMs === undefined ? undefined : (this.#wokenAtMs ?? this.#downAtMs);
  }
}

/** How many durations {@link RecentTimes} keeps. */
const MAX_TIMES = 15;

/** The median of the last durations. */
class RecentTimes {
  readonly #timesMs: number[] = [];

  add(timeMs: number): void {
    this.#timesMs.push(timeMs);
    if (this.#timesMs.length > MAX_TIMES) this.#timesMs.shift();
  }

  /** Undefined before the first duration. */
  get medianMs(): number | undefined {
    const sorted = this.#timesMs.toSorted((a, b) => a - b);
    const upper = sorted[sorted.length >> 1];
    const lower = sorted[(sorted.length - 1) >> 1];
    return upper === undefined || lower === undefined ? undefined : (lower + upper) / 2;
  }
}
