import type { CheckEngine } from "../check/engine.ts";
import { both, Limiter } from "../check/limiter.ts";
import type { Outcome } from "../check/result.ts";
import type { Target } from "./contract.ts";
import type { GroupMetrics } from "./metrics.ts";
import type { ProbeSettings } from "./probe-options.ts";
import { StatsKeeper } from "./stats/keeper.ts";
import type { StatsSettings } from "./stats/options.ts";
import { type ProbeState, type RunContext, type TargetResult, TargetRun } from "./target-run.ts";
import { TargetList } from "./targets/target-list.ts";
import { createReporter } from "../shared/report.ts";

/** What a probe gets from the registry of probes. */
export interface GroupContext {
  readonly engine: CheckEngine;
  readonly stats: StatsSettings;
  readonly metricsOf: (name: string, targets: () => number) => GroupMetrics;
  /** The name of a failing probe that explains a failure of this one. */
  readonly explainedBy: (settings: ProbeSettings) => string | undefined;
  readonly onResult: (run: { readonly result: TargetResult }) => void;
  readonly onState: (result: TargetResult, before: ProbeState) => void;
}

/** One probe with all its targets. */
export class ProbeGroup {
  readonly settings: ProbeSettings;
  readonly #keeper: StatsKeeper;
  readonly #metrics: GroupMetrics;
  readonly #list: TargetList;
  readonly #context: RunContext;
  /** In the order of the list. */
  #runs = new Map<string, TargetRun>();
  readonly #report = createReporter("probe");
  #targets: readonly Target[] = [];
  #paused = false;
  #started = false;

  /** Runs nothing yet. @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` */
  constructor(settings: ProbeSettings, context: GroupContext) {
    this.settings = settings;
    const { name, probe, targets, targetsRefreshMs, maxTargets, concurrency } = settings;
    const { clock, limiter, stalls } = context.engine;
    this.#list = new TargetList({
      ...{ name, targets, maxTargets, clock, refreshMs: targetsRefreshMs },
      accepts: (target) => probe.accepts?.(target),
      onList: (list) => this.#onList(list),
      onFailed: (source) => this.#metrics.refreshFailed(source),
    });
    this.#keeper = new StatsKeeper({
      ...context.stats,
      ...{ name, type: probe.type, targets: () => this.#targets },
      ...(probe.validators !== undefined && { validators: probe.validators }),
      ...(probe.metrics !== undefined && { metrics: probe.metrics }),
    });
    this.#metrics = context.metricsOf(name, () => this.#targets.length);
    const own = concurrency === Infinity ? limiter : both(new Limiter(concurrency), limiter);
    this.#context = {
      ...{ settings, engine: { clock, stalls, limiter: own } },
      ...{ keeper: this.#keeper, metrics: this.#metrics },
      isPaused: () => this.#paused,
      explainedBy: () => context.explainedBy(settings),
      ...{ onResult: context.onResult, onState: context.onState },
    };
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** Whether all its targets fail. */
  get isDown(): boolean {
    for (const { status } of this.#runs.values()) if (status !== "fail") return false;
    return this.#runs.size > 0;
  }

  /** The last results of its targets, in the order of the list. */
  get results(): readonly TargetResult[] {
    return Array.from(this.#runs.values(), ({ result }) => result);
  }

  /** The outcomes of the last hundred runs of each target, in the order of {@link results}. */
  get histories(): readonly Outcome[][] {
    return Array.from(this.#runs.values(), ({ history }) => history);
  }

  /** Starts listing and probing targets. Idempotent. */
  start(): void {
    if (this.#started) return;
    this.#started = true;
    this.#list.start();
    if (!this.#paused) for (const run of this.#runs.values()) run.start();
  }

  /** Stops listing and probing targets. The counts stay. Idempotent. */
  stop(): void {
    if (!this.#started) return;
    this.#started = false;
    this.#list.stop();
    for (const run of this.#runs.values()) run.stop();
  }

  /** Stops probing; the list is still updated. Idempotent. */
  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    for (const run of this.#runs.values()) run.stop();
  }

  /** Starts probing again. Idempotent. */
  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    for (const run of this.#runs.values()) {
      if (this.#started) run.start();
      else run.update();
    }
  }

  /** Probes all targets now, or those with this name. Rejects if one cannot run. */
  async run(name: string | undefined): Promise<TargetResult[]> {
    const runs = [...this.#runs.values()];
    const chosen = runs.filter(({ target }) => name === undefined || target.name === name);
    return Promise.all(chosen.map((run) => run.run()));
  }

  /** Refreshes the list of targets now. Never rejects. */
  refreshTargets(): Promise<void> {
    return this.#list.refresh();
  }

  /** Updates the states of all targets. */
  update(): void {
    for (const run of this.#runs.values()) run.update();
  }

  /** Stops everything, and removes its metrics from every reader. */
  close(): void {
    this.stop();
    for (const run of this.#runs.values()) run.end();
    this.#keeper.close();
    this.#metrics.remove();
    this.#closeProbe();
  }

  /** Settles when no run is in progress. */
  async idle(): Promise<void> {
    await Promise.all(Array.from(this.#runs.values(), (run) => run.idle()));
  }

  #onList(targets: readonly Target[]): void {
    const listed = new Map<string, Target>();
    for (const target of targets) {
      const key = keyOf(target);
      if (listed.has(key)) {
        this.#report.warnOnce("twice", `Probe ${this.settings.name} has ${target.name} twice`);
      } else listed.set(key, target);
    }
    this.#targets = [...listed.values()];
    for (const [key, run] of this.#runs) {
      if (listed.has(key)) continue;
      run.end();
      this.#runs.delete(key);
      this.#closeProbe(run.target);
    }
    const before = this.#runs;
    this.#runs = new Map();
    for (const [key, target] of listed) {
      const run = before.get(key) ?? new TargetRun(target, this.#context);
      this.#runs.set(key, run);
      if (before.has(key)) run.target = target;
      else if (this.#started && !this.#paused) run.start();
      else run.update();
    }
  }

  /** Calls the probe's own `close`, which may throw or reject. */
  #closeProbe(target?: Target): void {
    const failed = (error: unknown): void => {
      const message = `Probe ${this.settings.name} could not release its resources`;
      this.#report.warnOnce("close", message, error);
    };
    try {
      void Promise.resolve(this.settings.probe.close?.(target)).catch(failed);
    } catch (error) {
      failed(error);
    }
  }
}

/** A key that identifies a target. It includes every property, because each one may change what is probed. */
function keyOf({ name, host, port, address, url, labels }: Target): string {
  const sorted = Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([name, host, port, address, url, sorted]);
}
