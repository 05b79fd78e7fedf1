import type { Clock } from "../../shared/clock.ts";

/** A cached value or error, and its expiry. */
interface Kept<T> {
  readonly untilMs: number;
  readonly value?: T;
  readonly error?: Error;
}

/** A value and its time to live. */
export interface Fresh<T> {
  readonly value: T;
  readonly ttlMs: number;
}

/** Caches values for their time to live. Concurrent callers share one request. */
export class TtlCache<T> {
  readonly #clock: Clock;
  readonly #maxEntries: number;
  readonly #errorTtlMs: number;
  /** In the order of insertion; the oldest entry is removed first. */
  readonly #kept = new Map<string, Kept<T>>();
  readonly #underWay = new Map<string, Promise<T>>();

  constructor(clock: Clock, options: { readonly maxEntries: number; readonly errorTtlMs: number }) {
    this.#clock = clock;
    this.#maxEntries = options.maxEntries;
    this.#errorTtlMs = options.errorTtlMs;
  }

  /** The cached value of the key, else the result of `ask`. Errors of `ask` are cached too. */
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
