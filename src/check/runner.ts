import { createReporter } from "../shared/report.ts";
import type { CheckEngine } from "./engine.ts";
import { CheckCancelledError, CheckWaitsForItselfError } from "./errors.ts";
import { type Evaluation, evaluate, NO_RESULTS, paceOf } from "./evaluate.ts";
import { Flight } from "./flight.ts";
import { ResultHistory } from "./history.ts";
import { currentRun, isInside } from "./nesting.ts";
import { type CheckListener, type CheckPlan, type DropCause, killTimeoutError } from "./plan.ts";
import type { CheckResult, Finding, Outcome, Status } from "./result.ts";
import { firstSlot, nextSlot, type Slot } from "./schedule.ts";

/** The most runs of a check that may continue after we stopped waiting. At this limit no further one begins. */
export const MAX_ABANDONED = 3;

/** Runs one check: on its schedule and on demand, never twice at the same time. */
export class CheckRunner {
  readonly #engine: CheckEngine;
  readonly #listener: CheckListener;
  readonly #report = createReporter("check");
  readonly #history = new ResultHistory();
  #plan: CheckPlan;
  #evaluation: Evaluation = NO_RESULTS;
  #result: CheckResult | undefined;
  #resultAtMs = -Infinity;
  #dropped = 0;
  #started = false;
  #flight: Flight | undefined;
  /** Resolves when the function of the last run has returned, or when we stopped waiting for it. */
  #ending: Promise<unknown> | undefined;
  #abandoned = 0;
  #firstSlotMs = 0;
  #cancelTimer: (() => void) | undefined;
  #next: Slot | undefined;
  /** The scheduled run that is due, and when its function was called. */
  #due: { readonly atMs: number; calledAtMs: number | undefined } | undefined;

  constructor(plan: CheckPlan, engine: CheckEngine, listener: CheckListener = {}) {
    this.#plan = plan;
    this.#engine = engine;
    this.#listener = listener;
  }

  get plan(): CheckPlan {
    return this.#plan;
  }

  /** The last result; undefined before the first. */
  get result(): CheckResult | undefined {
    return this.#result;
  }

  /** The outcomes of the last hundred runs, the oldest first. */
  get history(): Outcome[] {
    return this.#history.outcomes;
  }

  /** The current status of the check. */
  get status(): Status {
    return this.#evaluation.status;
  }

  /** Whether the schedule is running; on-demand runs are possible only then. */
  get started(): boolean {
    return this.#started;
  }

  /** How many scheduled runs were dropped so far. */
  get dropped(): number {
    return this.#dropped;
  }

  /** The milliseconds until the next scheduled run; undefined if there is none. */
  get nextRunInMs(): number | undefined {
    if (this.#next === undefined) return undefined;
    return Math.max(0, this.#next.atMs - this.#engine.clock.now());
  }

  /** Begins the schedule. Idempotent. */
  start(): void {
    if (this.#started) return;
    this.#started = true;
    const slot = firstSlot(this.#plan.schedule, this.#engine.clock.now());
    this.#firstSlotMs = slot.slotMs;
    this.#arm(slot);
  }

  /** Ends the schedule, and cancels the current run without a result. Idempotent. */
  stop(): void {
    this.#started = false;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#next = undefined;
    this.#flight?.cancel(new CheckCancelledError(this.#plan.name));
    this.#flight = undefined;
  }

  /** Changes the plan. Results so far stay; the current run is cancelled. */
  replace(plan: CheckPlan): void {
    this.stop();
    this.#plan = plan;
    this.start();
  }

  /**
   * Runs the check now; callers share a run in progress. The schedule does not change.
   * @throws CheckCancelledError `ERR_TASKMON_CHECK_CANCELLED` if the check is stopped, also during the run
   * @throws CheckWaitsForItselfError `ERR_TASKMON_CHECK_WAITS_FOR_ITSELF` if its own run calls this
   */
  async run(): Promise<CheckResult> {
    if (!this.#started) throw new CheckCancelledError(this.#plan.name);
    if (isInside(this)) throw new CheckWaitsForItselfError(this.#plan.name);
    const flight = (this.#flight ??= this.#begin());
    // The run that waits for this one keeps its slot until this one is done.
    if (currentRun() !== undefined) flight.hurry();
    return flight.result;
  }

  /**
   * Returns the last result if it is no older than `freshMs`. A result that is at most `staleMs` older is
   * still returned, and refreshed in the background. Otherwise runs the check.
   * @throws the same errors as {@link CheckRunner.run}
   */
  async read(freshMs: number, staleMs = 0): Promise<CheckResult> {
    const ageMs = this.#engine.clock.now() - this.#resultAtMs;
    if (this.#result !== undefined && ageMs <= freshMs) return this.#result;
    const renewed = this.run();
    if (this.#result === undefined || ageMs > freshMs + staleMs) return renewed;
    renewed.catch(() => undefined);
    return this.#result;
  }

  /** Settles when the function of the last run has returned, or when we stopped waiting for it. */
  async idle(): Promise<void> {
    await this.#ending;
  }

  #begin(): Flight {
    const flight: Flight = new Flight(this, this.#engine, this.#plan, {
      earlier: this.#ending,
      refusal: () =>
        this.#abandoned < MAX_ABANDONED
          ? undefined
          : { outcome: "fail", error: killTimeoutError(this.#plan) },
      onCalled: (run) => {
        this.#onCalled(run.startedAtMs);
        this.#ending = run.ended.then((end) => {
          if (end === "abandoned") this.#onAbandoned(run.returned);
        });
      },
      onFinding: (finding, startedAt, durationMs) => {
        this.#flight = undefined;
        return this.#record(finding, startedAt, durationMs);
      },
    });
    return flight;
  }

  #record(finding: Finding, wallTime: number, durationMs: number): CheckResult {
    const before = this.#evaluation;
    const slow = finding.outcome === "pass" && durationMs > (this.#plan.slowMs ?? Infinity);
    const judged: Finding = slow
      ? { ...finding, outcome: "warn", message: `took ${Math.round(durationMs)} ms` }
      : finding;
    const nowMs = this.#engine.clock.now();
    this.#evaluation = evaluate(this.#plan.evaluation, before, judged.outcome, nowMs);
    const earliest = this.#result === undefined ? -Infinity : this.#result.startedAt + 0.001;
    const result: CheckResult = Object.freeze({
      ...judged,
      status: this.#evaluation.status,
      startedAt: Math.max(wallTime, earliest),
      durationMs,
      // Before the first conclusive run, 0 would look like a pass.
      consecutiveFailures: this.#evaluation.status === "unknown" ? -1 : this.#evaluation.failures,
    });
    this.#result = result;
    this.#resultAtMs = nowMs;
    this.#history.add(result.outcome);
    this.#notify(() => this.#listener.onResult?.(result, before.status));
    return result;
  }

  #onCalled(atMs: number): void {
    const due = this.#due;
    if (due === undefined || due.calledAtMs !== undefined) return;
    due.calledAtMs = atMs;
    this.#notify(() => this.#listener.onBegan?.(Math.max(0, atMs - due.atMs)));
  }

  #onAbandoned(returned: Promise<void>): void {
    this.#abandoned++;
    void returned.then(() => this.#abandoned--);
    this.#notify(() => this.#listener.onAbandoned?.(killTimeoutError(this.#plan)));
  }

  #arm(slot: Slot): void {
    this.#next = slot;
    const delayMs = Math.max(0, slot.atMs - this.#engine.clock.now());
    this.#cancelTimer = this.#engine.clock.after(delayMs, () => {
      // A timer can wait at most 24 days, and an interval may be longer.
      if (slot.atMs - this.#engine.clock.now() > 10) this.#arm(slot);
      else void this.#runSlot(slot);
    });
  }

  async #runSlot(slot: Slot): Promise<void> {
    const { clock } = this.#engine;
    const firedAtMs = clock.now();
    // Do not measure the delay of a run that someone else has started.
    const due = this.#flight === undefined ? { atMs: slot.atMs, calledAtMs: undefined } : undefined;
    this.#due = due;
    if (this.#plan.mayRun?.() === false) {
      this.#notify(() => this.#listener.onSkipped?.());
    } else {
      // If the run was cancelled, the caller of stop() has changed the schedule too.
      await this.run().catch(() => undefined);
    }
    // Stopped meanwhile, and perhaps started again with a new schedule.
    if (this.#next !== slot) return;
    const nowMs = clock.now();
    const next = nextSlot(
      this.#plan.schedule,
      this.#firstSlotMs,
      slot.slotMs,
      nowMs,
      paceOf(this.#evaluation),
    );
    if (next.dropped > 0) {
      this.#dropped += next.dropped;
      const why = causeOf(slot.atMs, firedAtMs, due?.calledAtMs ?? firedAtMs, nowMs);
      this.#notify(() => this.#listener.onDropped?.(next.dropped, why));
    }
    this.#arm(next);
  }

  #notify(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#report.errorOnce("listener", `A listener of check ${this.#plan.name} threw`, error);
    }
  }
}

/** The cause that took the longest: the timer, the wait for a slot, or the run. */
function causeOf(
  atMs: number,
  firedAtMs: number,
  calledAtMs: number,
  endedAtMs: number,
): DropCause {
  const lateMs = firedAtMs - atMs;
  const waitedMs = calledAtMs - firedAtMs;
  const ranMs = endedAtMs - calledAtMs;
  if (ranMs >= lateMs && ranMs >= waitedMs) return "overlap";
  return waitedMs >= lateMs ? "concurrency" : "late";
}
