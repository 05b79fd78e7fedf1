import type { MetricRegistry } from "../../metrics/registry.ts";
import { describe, messageOf } from "../../shared/errors.ts";
import { createReporter } from "../../shared/report.ts";
import type { Target } from "../contract.ts";
import { type KeeperMetrics, keeperMetrics } from "../metrics.ts";
import { createNaming } from "../naming/create-naming.ts";
import type { Naming } from "../naming/naming.ts";
import { type TargetInput, targetOf } from "../target.ts";
import { checkResult, type Declared } from "./check-result.ts";
import {
  keeperOptions,
  type StatsKeeperOptions,
  type StatsSettings,
  statsSettings,
} from "./options.ts";
import { type OwnMetrics, ownMetrics } from "./own-metrics.ts";
import { PendingResults } from "./pending-results.ts";
import type { Refusal, ReportedResult, StatsResult } from "./result.ts";
import { type TargetState, TargetStates } from "./target-states.ts";

/**
 * Keeps the statistics of one probe: the counters and histograms of its targets, cumulative over every run. At each
 * collection it asks for the current targets. Readers see the targets that are listed and have results; a removed
 * target leaves every reader.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 * @throws MetricConflictError `ERR_TASKMON_METRIC_CONFLICT` if the registry has these metrics with
 *   other labels or buckets
 */
export function createStatsKeeper(options: StatsKeeperOptions): StatsKeeper {
  return new StatsKeeper(options);
}

/** See {@link createStatsKeeper}. */
export class StatsKeeper {
  /** Where its metrics are registered. */
  readonly registry: MetricRegistry;
  readonly #name: string;
  readonly #targets: () => readonly TargetInput[];
  readonly #settings: StatsSettings;
  readonly #naming: Naming;
  readonly #own: OwnMetrics;
  readonly #declared: Declared;
  readonly #states: TargetStates;
  readonly #pending: PendingResults;
  readonly #metrics: KeeperMetrics;
  readonly #report = createReporter("probe");
  readonly #endPreparing: () => void;
  #closed = false;

  constructor(options: StatsKeeperOptions) {
    const given = keeperOptions(options);
    const settings = statsSettings("createStatsKeeper", given);
    const { registry, naming, targetLabels, buckets, clock } = settings;
    const { name, type, validators = [] } = given;
    this.#name = name;
    this.#targets = given.targets;
    this.#settings = settings;
    this.registry = registry;
    this.#naming = createNaming(naming, {
      ...{ registry, name, type, validators, targetLabels, buckets },
    });
    this.#own = ownMetrics(registry, given.metrics, this.#naming.labelTypes);
    this.#declared = { metrics: this.#own.declared, validators: new Set(validators) };
    this.#metrics = keeperMetrics(registry);
    this.#states = new TargetStates(clock, settings, (target) => this.#naming.labelsOf(target));
    this.#pending = new PendingResults(clock, settings);
    this.#endPreparing = registry.beforeCollection(() => this.refresh());
  }

  /**
   * Adds a result to its target's statistics: all of it, or nothing.
   * @returns why the result was rejected; undefined if it was counted. Never throws.
   */
  record(result: StatsResult | ReportedResult): Refusal | undefined {
    const refusal = this.#record(result);
    if (refusal !== undefined) this.#onRefused(refusal);
    return refusal;
  }

  /** @internal Exports the state of a target, if the naming has a metric for it. */
  state(target: Target, state: string | undefined, before: string | undefined): void {
    const kept = this.#closed ? undefined : this.#states.of(target);
    if (kept !== undefined) this.#naming.state?.(kept.series, state, before);
  }

  /** Refreshes the targets now, as each collection does. */
  refresh(): void {
    if (this.#closed) return;
    const targets = this.#listed();
    if (targets === undefined) {
      this.#states.sweep();
      return;
    }
    const refused = this.#states.update(targets);
    if (refused > 0) {
      const { maxTargets } = this.#settings;
      const message = `Probe ${this.#name} has ${refused} targets beyond its ${maxTargets}`;
      this.#onRefused({ reason: "too_many_targets", message });
    }
    this.#pending.sweep();
    if (this.#pending.isEmpty) return;
    for (const target of targets) {
      for (const result of this.#pending.take(target.name)) this.record({ ...result, target });
    }
  }

  /** Removes everything from every reader, permanently. Idempotent. */
  close(): void {
    this.#closed = true;
    this.#endPreparing();
    this.#states.clear();
    this.#pending.clear();
  }

  #record(result: StatsResult | ReportedResult): Refusal | undefined {
    if (this.#closed) return { reason: "closed", message: "The statistics are closed" };
    let read: StatsResult;
    let state: TargetState | Refusal | undefined;
    try {
      read = readResult(result);
      state = this.#stateOf(read.target);
    } catch (error) {
      return { reason: "invalid", message: messageOf(error) };
    }
    if (state !== undefined && "reason" in state) return state;
    const checked = checkResult(read, this.#declared);
    if ("reason" in checked) return checked;
    if (state === undefined) return this.#pending.add(read.target as string, read);
    const { clock } = this.#settings;
    state.seenAtMs = clock.now();
    this.#naming.record(state.series, checked, clock.wallTime() / 1_000);
    for (const measurement of checked.measurements) this.#own.record(state.series, measurement);
    return undefined;
  }

  /** Undefined for a name that is not listed yet. */
  #stateOf(target: StatsResult["target"]): TargetState | Refusal | undefined {
    if (typeof target !== "string") {
      const state = this.#states.of(targetOf(target));
      if (state !== undefined) return state;
      return {
        reason: "too_many_targets",
        message: `There is no room for ${describe(target.name)}`,
      };
    }
    let named = this.#states.named(target);
    if (named.length === 0 && !this.#pending.has(target)) {
      this.refresh();
      named = this.#states.named(target);
    }
    if (named.length <= 1) return named[0];
    return { reason: "ambiguous_target", message: `Several targets are named ${describe(target)}` };
  }

  /** The current targets; undefined if the callback throws. */
  #listed(): readonly Target[] | undefined {
    try {
      const listed = this.#targets().map((input) => targetOf(input));
      this.#report.recovered("targets", `The targets of probe ${this.#name} are listed again`);
      return listed;
    } catch (error) {
      this.#report.warnOnce("targets", `The targets of probe ${this.#name} cannot be read`, error);
      return undefined;
    }
  }

  #onRefused({ reason, message }: Refusal): void {
    this.#metrics.refused.add(1, {
      "health.probe.name": this.#name,
      "health.probe.reason": reason,
    });
    this.#report.warnOnce(reason, `A result of probe ${this.#name} was refused: ${message}`);
  }
}

function readResult(result: StatsResult | ReportedResult): StatsResult {
  if (typeof result !== "object" || result === null) {
    throw new TypeError(`A result must be an object, got ${describe(result)}`);
  }
  if (typeof result.target !== "function" || typeof result.metrics !== "function") {
    return result as StatsResult;
  }
  return { target: result.target(), metrics: result.metrics() };
}
