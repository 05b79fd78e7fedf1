import type { CheckEngine } from "../check/engine.ts";
import type { CheckPlan } from "../check/plan.ts";
import type { CheckResult, Outcome, Status } from "../check/result.ts";
import { CheckRunner } from "../check/runner.ts";
import { seeded } from "../check/seeded.ts";
import { attempt } from "./attempt.ts";
import type { ProbeResult, Target } from "./contract.ts";
import { ProbeError } from "./errors.ts";
import type { GroupMetrics } from "./metrics.ts";
import type { ProbeSettings } from "./probe-options.ts";
import type { StatsKeeper } from "./stats/keeper.ts";

/**
 * The state of a target: its status, or the reason why the status must not alert. `paused`: paused or outside its
 * schedule; `maintenance`: in a maintenance window; `explained`: a probe that it depends on fails.
 */
export type ProbeState = Status | "paused" | "maintenance" | "explained";

/** The last result of a target. */
export interface TargetResult {
  readonly probe: string;
  readonly target: Target;
  readonly state: ProbeState;
  /** The status from its results only. */
  readonly status: Status;
  /** The name of the probe whose failure explains this one's. */
  readonly explainedBy?: string;
  /** The outcome of the last run; absent before the first. */
  readonly outcome?: Outcome;
  readonly error?: Error;
  /** The probe's result in the last run; of several requests, the first that failed, or else the first. */
  readonly result?: ProbeResult;
  /** When the last run began, in milliseconds since the Unix epoch. */
  readonly startedAt?: number;
  readonly durationMs?: number;
  /** How many runs failed in a row: -1 before the first, 0 while it does not fail. */
  readonly consecutiveFailures: number;
}

/** What the targets of a probe share. */
export interface RunContext {
  readonly settings: ProbeSettings;
  readonly engine: CheckEngine;
  readonly keeper: StatsKeeper;
  readonly metrics: GroupMetrics;
  readonly isPaused: () => boolean;
  /** The name of a failing probe that explains a failure. */
  readonly explainedBy: () => string | undefined;
  readonly onResult: (run: { readonly result: TargetResult }) => void;
  readonly onState: (result: TargetResult, before: ProbeState) => void;
}

/** The extra time limit of the engine for a probe that is expected to fail: its own limit must end first. */
const NEGATIVE_GRACE_MS = 1_000;

/** The runs of one target, and its state. */
export class TargetRun {
  target: Target;
  readonly #context: RunContext;
  readonly #runner: CheckRunner;
  /** The results of the requests of the last run. */
  #settled: ProbeResult[] = [];
  #last: CheckResult | undefined;
  #lastResult: ProbeResult | undefined;
  #state: ProbeState = "unknown";
  /** The state that its metric shows. */
  #shown: ProbeState | undefined;

  constructor(target: Target, context: RunContext) {
    this.target = target;
    this.#context = context;
    const { metrics } = context;
    this.#runner = new CheckRunner(this.#plan(), context.engine, {
      onResult: (result) => this.#onResult(result),
      onBegan: (delayMs) => metrics.began(delayMs),
      onDropped: (runs, why) => metrics.skipped(why, runs),
      onSkipped: () => {
        metrics.skipped("schedule", 1);
        this.update();
      },
    });
  }

  /** The status from its results only. */
  get status(): Status {
    return this.#runner.status;
  }

  /** The outcomes of its last hundred runs, the oldest first. */
  get history(): Outcome[] {
    return this.#runner.history;
  }

  /** Its last result. */
  get result(): TargetResult {
    const { settings, explainedBy } = this.#context;
    const { status } = this.#runner;
    const last = this.#last;
    const explanation = status === "fail" ? explainedBy() : undefined;
    return {
      ...{ probe: settings.name, target: this.target, state: this.#state, status },
      ...(explanation !== undefined && { explainedBy: explanation }),
      ...(last !== undefined && {
        ...{ outcome: last.outcome, startedAt: last.startedAt, durationMs: last.durationMs },
        ...(last.error !== undefined && { error: last.error }),
      }),
      ...(this.#lastResult !== undefined && { result: this.#lastResult }),
      consecutiveFailures: last?.consecutiveFailures ?? -1,
    };
  }

  start(): void {
    this.#runner.start();
    this.update();
  }

  stop(): void {
    this.#runner.stop();
    this.update();
  }

  /** Stops it, and removes its exported state. */
  end(): void {
    this.#runner.stop();
    this.#show(undefined);
  }

  /** Runs now; callers share a run in progress. */
  async run(): Promise<TargetResult> {
    await this.#runner.run();
    return this.result;
  }

  /** Settles when no run is in progress. */
  idle(): Promise<void> {
    return this.#runner.idle();
  }

  /** Updates its state: time windows begin and end, and other probes fail. */
  update(): void {
    const before = this.#state;
    this.#state = this.#stateNow();
    // Before its first result, export no state.
    if (this.#last !== undefined || this.#state === "paused") this.#show(this.#state);
    if (this.#state !== before) this.#context.onState(this.result, before);
  }

  #stateNow(): ProbeState {
    const { settings, engine, isPaused, explainedBy } = this.#context;
    const wallTime = engine.clock.wallTime();
    if (isPaused() || !settings.isScheduled(wallTime)) return "paused";
    if (settings.isMaintained(wallTime)) return "maintenance";
    const { status } = this.#runner;
    return status === "fail" && explainedBy() !== undefined ? "explained" : status;
  }

  #show(state: ProbeState | undefined): void {
    if (state === this.#shown) return;
    this.#context.keeper.state(this.target, state, this.#shown);
    this.#shown = state;
  }

  #plan(): CheckPlan {
    const { settings, engine } = this.#context;
    const { name, timeoutMs, killTimeoutMs, slowMs, evaluation, negative, spread } = settings;
    const { intervalMs, failingIntervalMs, downIntervalMs } = settings;
    const seed = hashOf(`${name} ${this.target.name}`);
    return {
      name: `${name} of ${this.target.name}`,
      check: ({ signal }) => this.#check(signal),
      timeoutMs: negative ? timeoutMs + NEGATIVE_GRACE_MS : timeoutMs,
      ...{ killTimeoutMs, slowMs, evaluation },
      schedule: {
        ...{ intervalMs, failingIntervalMs, downIntervalMs, seed },
        // The phase is fixed from the first run on.
        initialDelayMs: spread ? seeded(seed, 0) * intervalMs : 0,
        jitter: 0,
      },
      mayRun: () => settings.isScheduled(engine.clock.wallTime()),
    };
  }

  async #check(signal: AbortSignal): Promise<void> {
    const { settings, engine } = this.#context;
    const settled: ProbeResult[] = (this.#settled = []);
    const options = { ...settings, clock: engine.clock };
    const once = async (): Promise<void> => {
      settled.push(await attempt(this.target, options, signal));
    };
    if (settings.requestsPerProbe === 1) await once();
    else await Promise.all(Array.from({ length: settings.requestsPerProbe }, once));
    const failed = settled.find(({ success }) => !success);
    if (failed !== undefined) throw failed.error ?? new ProbeError("_OTHER", "The probe failed");
  }

  #onResult(result: CheckResult): void {
    const { settings, keeper, onResult } = this.#context;
    const settled = this.#settled;
    this.#settled = [];
    this.#last = result;
    // A request that did not answer in time failed with the run's error.
    const late = {
      success: false,
      error: result.error,
      latencyMs: result.durationMs,
    } as ProbeResult;
    this.#lastResult = settled.find(({ success }) => !success) ?? settled[0] ?? late;
    for (let request = 0; request < settings.requestsPerProbe; request++) {
      keeper.record({ target: this.target, ...counted(settled[request] ?? late, result) });
    }
    this.update();
    onResult(this);
  }
}

/** The result of a request, without durations if our own event loop was blocked. */
function counted(request: ProbeResult, { outcome, stalledMs }: CheckResult): object {
  const { details: _, latencyMs, phasesMs, ...rest } = request;
  if (outcome === "unknown" && !request.success) return { ...rest, unknown: true };
  if (stalledMs !== undefined) return rest;
  return {
    ...rest,
    ...(latencyMs !== undefined && { latencyMs }),
    ...(phasesMs !== undefined && { phasesMs }),
  };
}

/** The 32-bit FNV-1a hash of a text. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return hash >>> 0;
}
