import type { Clock } from "../shared/clock.ts";

/** How often the timer ticks, and how late a tick must be to count as a blocked event loop. */
const TICK_MS = 100;
const TOLERANCE_MS = 50;

/** The result of {@link StallWatch.begin}. */
export interface Watching {
  /** How long the event loop was blocked since `begin`. */
  stalledMs(): number;
  /** Ends it. Idempotent. */
  end(): void;
}

/**
 * Detects when the event loop or the whole process was blocked: a timer that fires late had to wait. It
 * ticks only while someone watches.
 */
export class StallWatch {
  readonly #clock: Clock;
  #watchers = 0;
  #stalledMs = 0;
  #expectedAt = 0;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  begin(): Watching {
    if (this.#watchers++ === 0) this.#arm();
    const before = this.#total();
    let ended = false;
    return {
      stalledMs: () => this.#total() - before,
      end: () => {
        if (ended) return;
        ended = true;
        if (--this.#watchers === 0) this.#cancel?.();
      },
    };
  }

  #arm(): void {
    this.#expectedAt = this.#clock.now() + TICK_MS;
    this.#cancel = this.#clock.after(TICK_MS, () => {
      this.#stalledMs += this.#late();
      this.#arm();
    });
  }

  #total(): number {
    return this.#stalledMs + this.#late();
  }

  #late(): number {
    const late = this.#clock.now() - this.#expectedAt;
    return late > TOLERANCE_MS ? late : 0;
  }
}
