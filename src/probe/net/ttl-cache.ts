import type { Clock } from "../../shared/clock.ts";

/** What is kept, and until when; an error is kept too. */
interface Kept<T> {
  readonly untilMs: number;
  readonly value?: T;
  readonly error?: Error;
}

/** How long an answer is good for. */
export interface Fresh<T> {
  readonly value: T;
  readonly ttlMs: number;
}

/** Keeps answers for as long as they say, and asks once for callers that come at one time. */
export class TtlCache<T> {
  readonly #clock: Clock;
  readonly #maxEntries: number;
  readonly #errorTtlMs: number;
  /** The one that was put in first stands first, and leaves first. */
  readonly #kept = new Map<string, Kept<T>>();
  readonly #underWay = new Map<string, Promise<T>>();

  constructor(clock: Clock, options: { readonly maxEntries: number; readonly errorTtlMs: number }) {
    this.#clock = clock;
    this.#maxEntries = options.maxEntries;
    this.#errorTtlMs = options.errorTtlMs;
  }

  /** What is kept for the key, else what `ask` finds. Rejects with the error of `ask`, for a while. */
  get(key: string, ask: () => Promise<Fresh<T>>): Promise<T> {
    const kept = this.#kept.get(key);
    if (kept !== undefined && kept.untilMs > this.#clock.now()) {
      return kept.error === undefined
        ? Promise.resolve(kept.value as T)
        : Promise.reject(kept.error);
    }
    const asked = this.#underWay.get(key) ?? this.#ask(key, ask);
    this.#underWay.set(key, asked);
    return asked;
  }

  /** Forgets everything. */
  clear(): void {
    this.#kept.clear();
  }

  async #ask(key: string, ask: () => Promise<Fresh<T>>): Promise<T> {
    try {
      const { value, ttlMs } = await ask();
      this.#keep(key, { value, untilMs: this.#clock.now() + ttlMs });
      return value;
    } catch (error) {
      const untilMs = this.#clock.now() + this.#errorTtlMs;
      this.#keep(key, { error: error as Error, untilMs });
      throw error;
    } finally {
      this.#underWay.delete(key);
    }
  }

  #keep(key: string, kept: Kept<T>): void {
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    if (this.#kept.size <= this.#maxEntries) return;
    const [oldest] = this.#kept.keys();
    this.#kept.delete(oldest!);
  }
}
