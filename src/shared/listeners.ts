import type { Reporter } from "./report.ts";

/** Who follows what happens, by the name of the event. */
export class Listeners<E extends string> {
  readonly #source: string;
  readonly #report: Reporter;
  readonly #listeners = new Map<E, Set<(detail: never) => void>>();

  /** @param source how the caller names the object: `task` for `task.on("lost")` */
  constructor(source: string, report: Reporter) {
    this.#source = source;
    this.#report = report;
  }

  /**
   * Calls `listener` at each such event.
   * @returns a function that ends it
   */
  on<D = void>(event: E, listener: (detail: D) => void): () => void {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  /** Tells everyone. What a listener throws is reported once, and goes no further. */
  emit<D = void>(event: E, detail: D): void {
    for (const listener of [...(this.#listeners.get(event) ?? [])]) {
      try {
        (listener as (detail: D) => void)(detail);
      } catch (error) {
        const where = `${this.#source}.on("${event}")`;
        this.#report.errorOnce(`on ${event}`, `A listener of ${where} threw`, error);
      }
    }
  }
}
