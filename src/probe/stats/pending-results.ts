import type { Clock } from "../../shared/clock.ts";
import type { Refusal, StatsResult } from "./result.ts";
import type { KeepLimits } from "./target-states.ts";

/** The most pending results of one name. */
const MAX_RESULTS = 1_000;

/**
 * Results for names of targets that were never listed. They count when the target is listed, unless that takes too
 * long. The labels of its series are known only then.
 */
export class PendingResults {
  readonly #clock: Clock;
  readonly #limits: KeepLimits;
  readonly #byName = new Map<string, { results: StatsResult[]; atMs: number }>();

  constructor(clock: Clock, limits: KeepLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  get isEmpty(): boolean {
    return this.#byName.size === 0;
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }

  /** Keeps a result, unless there is no room. */
  add(name: string, result: StatsResult): Refusal | undefined {
    let waiting = this.#byName.get(name);
    if (waiting === undefined) {
      this.sweep();
      if (this.#byName.size >= this.#limits.maxTargets) {
        return { reason: "too_many_targets", message: `There is no room for ${name}` };
      }
      this.#byName.set(name, (waiting = { results: [], atMs: 0 }));
    }
    if (waiting.results.length >= MAX_RESULTS) {
      const message = `${MAX_RESULTS} results wait for ${name} to be listed`;
      return { reason: "too_many_results", message };
    }
    waiting.results.push(result);
    waiting.atMs = this.#clock.now();
    return undefined;
  }

  /** Removes and returns the pending results of a name. */
  take(name: string): readonly StatsResult[] {
    const waiting = this.#byName.get(name);
    this.#byName.delete(name);
    return waiting?.results ?? [];
  }

  clear(): void {
    this.#byName.clear();
  }

  /** Removes results that have waited for too long. */
  sweep(): void {
    const oldest = this.#clock.now() - this.#limits.keepMs;
    for (const [name, { atMs }] of this.#byName) if (atMs < oldest) this.#byName.delete(name);
  }
}
