import { InvalidOptionError } from "./errors.ts";
import type { Reporter } from "./report.ts";

/** What a listener of each event is given. */
export type Details = Readonly<Record<string, unknown>>;

/**
 * Who follows what happens to an object. Listeners are called in the order of what happened: what one of
 * them brings about is told when all have heard of what came before.
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
   * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` for what is no function
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

  /** Tells everyone. What a listener throws is reported once, and goes no further. */
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
