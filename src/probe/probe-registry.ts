import { createEngine, type CheckEngine } from "../check/engine.ts";
import { CheckCancelledError } from "../check/errors.ts";
import type { CheckFunction, Outcome } from "../check/result.ts";
import type { MetricRegistry } from "../metrics/registry.ts";
import type { Clock } from "../shared/clock.ts";
import { describe, InvalidOptionError } from "../shared/errors.ts";
import { Listeners } from "../shared/listeners.ts";
import { createReporter } from "../shared/report.ts";
import { withTimeout } from "../shared/timeout.ts";
import { ProbeAlreadyAddedError, ProbeNotFoundError, ProbeNotRunningError } from "./errors.ts";
import { groupMetrics } from "./metrics.ts";
import { createNaming } from "./naming/create-naming.ts";
import { type ProbesOptions, type ProbesSettings, probesSettings } from "./options.ts";
import { type ProbeOptions, type ProbeSettings, probeSettings } from "./probe-options.ts";
import { ProbeGroup } from "./probe-group.ts";
import type { ProbeState, TargetResult } from "./target-run.ts";
import { type CheckQuorum, verdictOf } from "./verdict.ts";

/** The events of `probes.on`, and what each listener gets. */
export type ProbeEvents = {
  /** A target has a new result. */
  readonly result: TargetResult;
  /** The state of a target changed. */
  readonly state: { readonly result: TargetResult; readonly before: ProbeState };
};

const STOP_TIMEOUT_MS = 1_000;

/**
 * Probes remote targets on schedules and counts the results. A probe starts when you add it; its timers do
 * not keep the process alive.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function createProbes(options?: ProbesOptions): Probes {
  return new Probes(options);
}

/** See {@link createProbes}. */
export class Probes implements AsyncDisposable {
  /** Where the metrics are registered. */
  readonly registry: MetricRegistry;
  readonly #clock: Clock;
  readonly #engine: CheckEngine;
  readonly #settings: ProbesSettings;
  readonly #groups = new Map<string, ProbeGroup>();
  readonly #listeners = new Listeners<ProbeEvents>("probes", createReporter("probe"));
  readonly #metricsOf: ReturnType<typeof groupMetrics>;
  /** How many listeners have ever been added. */
  #listenerCount = 0;
  #started = true;

  constructor(options?: ProbesOptions) {
    const settings = probesSettings(options);
    const { stats, clock, concurrency } = settings;
    const { registry, naming, targetLabels, buckets } = stats;
    this.registry = registry;
    this.#settings = settings;
    this.#clock = clock;
    this.#engine = createEngine(clock, concurrency);
    this.#metricsOf = groupMetrics(registry);
    // This validates labels and buckets now, and registers the metrics before the first probe.
    createNaming(naming, {
      ...{ registry, targetLabels, buckets },
      ...{ name: "none", type: "none", validators: [] },
    });
    registry.beforeCollection(() => {
      for (const group of this.#groups.values()) group.update();
    });
  }

  /**
   * Adds a probe, and begins to run it.
   * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
   * @throws ProbeAlreadyAddedError `ERR_TASKMON_PROBE_ALREADY_ADDED`
   */
  add(options: ProbeOptions): void {
    const settings = probeSettings(options);
    const { name } = settings;
    if (this.#groups.has(name)) throw new ProbeAlreadyAddedError(name);
    this.#refuseCycle(settings);
    const group = new ProbeGroup(settings, {
      ...{ engine: this.#engine, stats: this.#settings.stats, metricsOf: this.#metricsOf },
      explainedBy: ({ dependsOn }) => dependsOn.find((other) => this.#groups.get(other)?.isDown),
      onResult: (run) => {
        // Do not build the result if nobody listens.
        if (this.#listenerCount > 0) this.#listeners.emit("result", run.result);
      },
      onState: (result, before) => this.#onState(result, before),
    });
    this.#groups.set(name, group);
    if (this.#started) group.start();
  }

  /** Removes a probe and its series. Returns false if there is none. */
  remove(name: string): boolean {
    const group = this.#groups.get(name);
    this.#groups.delete(name);
    group?.close();
    return group !== undefined;
  }

  /** The names of the probes, in the order in which they were added. */
  names(): string[] {
    return [...this.#groups.keys()];
  }

  /**
   * Runs a probe now, on all its targets or one, and returns the results; callers share runs in progress,
   * and schedules do not change.
   * @throws ProbeNotFoundError `ERR_TASKMON_PROBE_NOT_FOUND`
   * @throws ProbeNotRunningError `ERR_TASKMON_PROBE_NOT_RUNNING` if it is paused or stopped, or that
   *   happens during the run
   */
  async run(name: string, target?: string): Promise<TargetResult[]> {
    const group = this.#group(name);
    try {
      return await group.run(target);
    } catch (error) {
      if (error instanceof CheckCancelledError) throw new ProbeNotRunningError(name);
      throw error;
    }
  }

  /**
   * The last results of the targets of a probe, or of all probes. Runs nothing.
   * @throws ProbeNotFoundError `ERR_TASKMON_PROBE_NOT_FOUND`
   */
  results(name?: string): TargetResult[] {
    const groups = name === undefined ? [...this.#groups.values()] : [this.#group(name)];
    return groups.flatMap(({ results }) => results);
  }

  /**
   * The outcomes of the last hundred runs of each target, the oldest first, in the order of {@link results}.
   * @throws ProbeNotFoundError `ERR_TASKMON_PROBE_NOT_FOUND`
   */
  histories(name?: string): Outcome[][] {
    const groups = name === undefined ? [...this.#groups.values()] : [this.#group(name)];
    return groups.flatMap(({ histories }) => histories);
  }

  /**
   * Pauses a probe: cancels running runs without a result. The counts stay.
   * @throws ProbeNotFoundError `ERR_TASKMON_PROBE_NOT_FOUND`
   */
  pause(name: string): void {
    this.#group(name).pause();
  }

  /**
   * Resumes a paused probe.
   * @throws ProbeNotFoundError `ERR_TASKMON_PROBE_NOT_FOUND`
   */
  resume(name: string): void {
    this.#group(name).resume();
  }

  /**
   * Refreshes the targets of a probe now; resolves when that is done.
   * @throws ProbeNotFoundError `ERR_TASKMON_PROBE_NOT_FOUND`
   */
  async refreshTargets(name: string): Promise<void> {
    await this.#group(name).refreshTargets();
  }

  /**
   * A health check with the last results of a probe, for health groups and HTTP answers:
   * `health.register("api", probes.check("api"))`. It probes only if there is no result yet.
   * @param quorum `all` fails if one target fails; `any` fails only if all do, and warns before
   * @throws ProbeNotFoundError `ERR_TASKMON_PROBE_NOT_FOUND`
   */
  check(
    name: string,
    quorum: CheckQuorum = "all",
  ): CheckFunction & { readonly scope: "dependency" } {
    this.#group(name);
    if (quorum !== "all" && quorum !== "any") {
      throw new InvalidOptionError("probes.check quorum", "all or any", quorum);
    }
    const check: CheckFunction = async () => {
      const group = this.#group(name);
      if (group.results.every(({ outcome }) => outcome === undefined) && !group.paused) {
        await this.run(name);
      }
      return verdictOf(group.results, quorum);
    };
    return Object.assign(check, { scope: "dependency" as const });
  }

  /**
   * Calls `listener` at each such event.
   * @returns a function that removes the listener
   * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
   */
  on<E extends keyof ProbeEvents>(
    event: E,
    listener: (detail: ProbeEvents[E]) => void,
  ): () => void {
    const end = this.#listeners.on(event, listener);
    this.#listenerCount++;
    return end;
  }

  /** Starts again after a `stop`. Idempotent. */
  start(): void {
    this.#started = true;
    for (const group of this.#groups.values()) group.start();
  }

  /**
   * Stops all probes, and waits at most a second for running runs. The counts stay, for a last collection. Never
   * rejects; idempotent.
   */
  async stop(): Promise<void> {
    this.#started = false;
    const groups = [...this.#groups.values()];
    for (const group of groups) group.stop();
    await withTimeout(this.#clock, "The probes", STOP_TIMEOUT_MS, async () => {
      await Promise.all(groups.map((group) => group.idle()));
    }).catch(() => undefined);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #onState(result: TargetResult, before: ProbeState): void {
    this.#listeners.emit("state", { result, before });
    for (const group of this.#groups.values()) {
      if (group.settings.dependsOn.includes(result.probe)) group.update();
    }
  }

  /** If two probes explained each other's failures, neither would alert. */
  #refuseCycle({ name, dependsOn }: ProbeSettings): void {
    const seen = new Set<string>();
    const visit = (other: string): void => {
      if (other === name) {
        throw new InvalidOptionError(`probes.${name}.dependsOn`, "free of cycles", describe(other));
      }
      if (seen.has(other)) return;
      seen.add(other);
      for (const next of this.#groups.get(other)?.settings.dependsOn ?? []) visit(next);
    };
    for (const other of dependsOn) visit(other);
  }

  #group(name: string): ProbeGroup {
    const group = this.#groups.get(name);
    if (group === undefined) throw new ProbeNotFoundError(name);
    return group;
  }
}
