import type { Clock } from "../../shared/clock.ts";
import type { Target } from "../contract.ts";
import { type Labels, TargetSeries } from "./target-series.ts";

/** What is kept of one target. */
export interface TargetState {
  readonly key: string;
  target: Target;
  readonly series: TargetSeries;
  /** Whether it was in the last list. */
  listed: boolean;
  /** The list in which it was last, by number. */
  list: number;
  /** When it was last listed or had a result. */
  seenAtMs: number;
}

/** How long what is kept, and how much of it. */
export interface KeepLimits {
  readonly keepMs: number;
  readonly maxTargets: number;
}

/**
 * The targets of which something is kept: those that are listed, and for a time those that are not, whose
 * series nobody sees.
 */
export class TargetStates {
  readonly #clock: Clock;
  readonly #limits: KeepLimits;
  readonly #labelsOf: (target: Target) => Labels;
  readonly #states = new Map<string, TargetState>();
  readonly #byName = new Map<string, Set<TargetState>>();
  /** Keys of targets that cannot change. */
  readonly #keys = new WeakMap<Target, string>();
  #list = 0;

  /** @param labelsOf what tells targets apart */
  constructor(clock: Clock, limits: KeepLimits, labelsOf: (target: Target) => Labels) {
    this.#clock = clock;
    this.#limits = limits;
    this.#labelsOf = labelsOf;
  }

  get size(): number {
    return this.#states.size;
  }

  /** The states of the targets of this name. */
  named(name: string): readonly TargetState[] {
    const namesakes = [...(this.#byName.get(name) ?? [])];
    return namesakes.filter((state) => !this.#forgetIfOld(state));
  }

  /** The state of a target; undefined where there is no room for a further one. */
  of(target: Target): TargetState | undefined {
    const key = this.#keyOf(target);
    const known = this.#states.get(key);
    if (known !== undefined && !this.#forgetIfOld(known)) return known;
    if (this.#states.size >= this.#limits.maxTargets) this.sweep();
    if (this.#states.size >= this.#limits.maxTargets) return undefined;
    const state: TargetState = {
      key,
      target,
      series: new TargetSeries(this.#labelsOf(target), true),
      listed: false,
      list: 0,
      seenAtMs: this.#clock.now(),
    };
    this.#states.set(key, state);
    const namesakes = this.#byName.get(target.name);
    if (namesakes === undefined) this.#byName.set(target.name, new Set([state]));
    else namesakes.add(state);
    return state;
  }

  /**
   * These are the targets now: shows the series of those, hides those of others, and forgets what has been
   * away for too long.
   * @returns the targets for which there was no room
   */
  update(targets: Iterable<Target>): number {
    this.sweep();
    const list = ++this.#list;
    let refused = 0;
    for (const target of targets) {
      const state = this.of(target);
      if (state === undefined) {
        refused++;
        continue;
      }
      state.list = list;
      state.target = target;
      if (state.listed) continue;
      state.listed = true;
      state.series.show();
    }
    const now = this.#clock.now();
    for (const state of this.#states.values()) {
      if (!state.listed || state.list === list) continue;
      state.listed = false;
      state.seenAtMs = now;
      state.series.hide();
    }
    return refused;
  }

  /** Forgets what has been away for too long. */
  sweep(): void {
    for (const state of this.#states.values()) this.#forgetIfOld(state);
  }

  /** Forgets everything. */
  clear(): void {
    for (const state of this.#states.values()) this.#forget(state);
  }

  #forgetIfOld(state: TargetState): boolean {
    if (state.listed || state.seenAtMs >= this.#clock.now() - this.#limits.keepMs) return false;
    this.#forget(state);
    return true;
  }

  #forget(state: TargetState): void {
    state.series.remove();
    this.#states.delete(state.key);
    const { name } = state.target;
    const namesakes = this.#byName.get(name);
    namesakes?.delete(state);
    if (namesakes?.size === 0) this.#byName.delete(name);
  }

  #keyOf(target: Target): string {
    let key = this.#keys.get(target);
    if (key === undefined) {
      key = JSON.stringify(this.#labelsOf(target));
      this.#keys.set(target, key);
    }
    return key;
  }
}
