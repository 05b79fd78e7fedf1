import type { Outcome } from "./result.ts";

/** How many results we remember. */
export const REMEMBERED_RESULTS = 100;

const OUTCOMES: readonly Outcome[] = ["pass", "warn", "fail", "unknown"];

/** The outcomes of the last runs, one byte each. Uses no memory before the first. */
export class ResultHistory {
  #ring: Uint8Array | undefined;
  #count = 0;

  add(outcome: Outcome): void {
    this.#ring ??= new Uint8Array(REMEMBERED_RESULTS);
    this.#ring[this.#count % REMEMBERED_RESULTS] = OUTCOMES.indexOf(outcome);
    this.#count++;
  }

  /** The oldest first. */
  get outcomes(): Outcome[] {
    const ring = this.#ring;
    if (ring === undefined) return [];
    const from = Math.max(0, this.#count - REMEMBERED_RESULTS);
    return Array.from(
      { length: this.#count - from },
      (_, at) => OUTCOMES[ring[(from + at) % REMEMBERED_RESULTS]!]!,
    );
  }
}
