import { Habit } from "./habit.ts";

/** What takes longer than usual is expected in a part of the time it was waited for, at most in this. */
const MAX_LATE_MS = 60_000;

/** The ways of a service from down to up: how long they take, and when this one is over. */
export class Recovery {
  readonly #habit = new Habit();
  readonly #guessMs: number | undefined;
  #downAtMs: number | undefined;
  #wokenAtMs: number | undefined;

  /** @param guessMs how long one takes, until that was seen */
  constructor(guessMs: number | undefined) {
    this.#guessMs = guessMs;
  }

  /** How long they usually take, in milliseconds, where that is known. */
  get usualMs(): number | undefined {
    return this.#habit.medianMs ?? this.#guessMs;
  }

  /** It is down. */
  begin(nowMs: number): void {
    this.#downAtMs = nowMs;
    this.#wokenAtMs = undefined;
  }

  /** Someone wakes it: from the first time on the way counts. */
  wake(nowMs: number): void {
    this.#wokenAtMs ??= nowMs;
  }

  /** It is up. @returns how long the way took, in milliseconds; undefined where it was not down */
  end(nowMs: number): number | undefined {
    const beganAtMs = this.#beganAtMs;
    this.#downAtMs = this.#wokenAtMs = undefined;
    if (beganAtMs === undefined) return undefined;
    const tookMs = Math.max(0, nowMs - beganAtMs);
    this.#habit.add(tookMs);
    return tookMs;
  }

  /** In how many milliseconds it is expected up; undefined while it is not down. */
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
