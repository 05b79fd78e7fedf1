import { setImmediate as nextTurn } from "node:timers/promises";

/** How long a slice of work may last, in milliseconds; what is looked at between two looks is short. */
const SLICE_MS = 3;

/** How many steps pass between two looks at the time, which cost as much as a step. */
const STEPS = 64;

/** Cuts long work into slices between which the event loop runs. */
export class Slices {
  readonly #signal: AbortSignal | undefined;
  #steps = 0;
  #until = performance.now() + SLICE_MS;

  /** @param signal ends the work between two slices */
  constructor(signal?: AbortSignal) {
    this.#signal = signal;
  }

  /** Whether the slice is over, and {@link rest} is due. To be asked after each step. */
  get isOver(): boolean {
    if (++this.#steps < STEPS) return false;
    this.#steps = 0;
    return performance.now() >= this.#until;
  }

  /** Lets the event loop run. Rejects as the signal aborts. */
  async rest(): Promise<void> {
    await nextTurn();
    this.#signal?.throwIfAborted();
    this.#until = performance.now() + SLICE_MS;
  }
}
