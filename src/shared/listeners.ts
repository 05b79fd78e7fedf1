import { InvalidOptionError } from "./errors.ts";
import type { Reporter } from "./report.ts";

/** The argument of the listeners of each event. */
export type Details = Readonly<Record<string, unknown>>;

/**
 * The listeners of an object. All listeners get an event before any of them gets the next one, even if a
 * listener causes that next event.
 */
export class Listeners<D extends Details> {
  readonly #source: string;
  readonly #report: Reporter;
  readonly #listeners = new Map<keyof D, Set<(detail: never) => void>>();
  readonly #queue: (() => void)[] = [];
  #isTelling = false;

  /** @param source how the caller names the object: `task` for `task.on("lost")` */
  constructor(source: string, report: Reporter) {
    this.#source = source;
    this.#report = report;
  }

  /**
   * Calls `listener` at each such event. One function may listen twice.
   * @returns a function that ends it
   * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` if the listener is not a function
   */
  on<E extends keyof D>(event: E, listener: (detail: D[E]) => void): () => void {
    if (typeof listener !== "function") {
      throw new InvalidOptionError(`${this.#source}.on listener`, "a function", listener);
    }
    const own = (detail: D[E]): void => listener(detail);
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(own));
    return () => void listeners.delete(own);
  }

  /** Calls every listener. If one throws, the error is reported once and goes no further. */
  emit<E extends keyof D & string>(event: E, detail: D[E]): void {
    this.#queue.push(() => {
      for (const listener of [...(this.#listeners.get(event) ?? [])]) {
        this.#call(event, () => listener(detail as never));
      }
    });
    if (this.#isTelling) return;
    this.#isTelling = true;
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) next();
    this.#isTelling = false;
  }

  #call(event: string, call: () => void): void {
    try {
      call();
    } catch (error) {
      const where = `${this.#source}.on("${event}")`;
      this.#report.errorOnce(`on ${event}`, `A listener of ${where} threw`, error);
    }
  }
}
