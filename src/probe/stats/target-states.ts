import type { Clock } from "../../shared/clock.ts";
import type { Target } from "../contract.ts";
import { type Labels, TargetSeries } from "./target-series.ts";

/** The statistics of one target. */
export interface TargetState {
  readonly key: string;
  target: Target;
  readonly series: TargetSeries;
  /** Whether it was in the last list. */
  listed: boolean;
  /** The number of the last list that contained it. */
  list: number;
  /** When it was last listed or had a result. */
  seenAtMs: number;
}

/** How long we keep unlisted targets, and how many targets. */
export interface KeepLimits {
  readonly keepMs: number;
  readonly maxTargets: number;
}

/**
 * The targets with statistics: all listed ones, and for a time those that are no longer listed. Readers do not see
 * the series of unlisted targets.
 */
export class TargetStates {
  readonly #clock: Clock;
  readonly #limits: KeepLimits;
  readonly #labelsOf: (target: Target) => Labels;
  readonly #states = new Map<string, TargetState>();
  readonly #byName = new Map<string, Set<TargetState>>();
  /** A cache of keys; targets are immutable. */
  readonly #keys = new WeakMap<Target, string>();
  #list = 0;

  /** @param labelsOf the labels that identify a target */
  constructor(clock: Clock, limits: KeepLimits, labelsOf: (target: Target) => Labels) {
    this.#clock = clock;
    this.#limits = limits;
    this.#labelsOf = labelsOf;
  }

  get size(): number {
    return this.#states.size;
  }

  /** The states of the targets with this name. */
  named(name: string): readonly TargetState[] {
    const namesakes = [...(this.#byName.get(name) ?? [])];
    return namesakes.filter((state) => !this.#forgetIfOld(state));
  }

  /** The state of a target, created if necessary; undefined if there are too many. */
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
   * Sets the current targets: shows their series, hides the series of others, and removes targets that have been
   * unlisted for too long.
   * @returns the number of targets beyond the limit
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

  /** Removes targets that have been unlisted for too long. */
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
