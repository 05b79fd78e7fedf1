import { setImmediate as nextTurn } from "node:timers/promises";

/** The length of a slice of work, in milliseconds. The work between two checks of the time is short. */
const SLICE_MS = 3;

/** The number of steps between two checks of the time. A check costs as much as a step. */
const STEPS = 64;

/** Cuts long work into slices, between which the event loop runs. */
export class Slices {
  readonly #signal: AbortSignal | undefined;
  #steps = 0;
  #until = performance.now() + SLICE_MS;

  /** @param signal stops the work between two slices */
  constructor(signal?: AbortSignal) {
    this.#signal = signal;
  }

  /** Whether the slice is over, so that you must call {@link rest}. Check it after each step. */
  get isOver(): boolean {
    if (++this.#steps < STEPS) return false;
    this.#steps = 0;
    return performance.now() >= this.#until;
  }

  /** Lets the event loop run. Rejects if the signal has aborted. */
  async rest(): Promise<void> {
    await nextTurn();
    this.#signal?.throwIfAborted();
    this.#until = performance.now() + SLICE_MS;
  }
}
