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

/** So many given-up runs of one check may still go on; while they do, no further one begins. */
export const MAX_ABANDONED = 3;

/** Runs one check: on its schedule and on demand, never twice at one time. */
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
  /** Resolves when the function of the last run has returned or was given up. */
  #ending: Promise<unknown> | undefined;
  #abandoned = 0;
  #firstSlotMs = 0;
  #cancelTimer: (() => void) | undefined;
  #next: Slot | undefined;
  /** The scheduled run that was asked for, and whose function was not called yet. */
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

  /** What the last hundred runs found, the oldest first. */
  get history(): Outcome[] {
    return this.#history.outcomes;
  }

  /** Where the check stands. */
  get status(): Status {
    return this.#evaluation.status;
  }

  /** Whether it runs on its schedule, and on demand. */
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

  /** Ends the schedule, and cancels the run under way, which has no result. Idempotent. */
  stop(): void {
    this.#started = false;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#next = undefined;
    this.#flight?.cancel(new CheckCancelledError(this.#plan.name));
    this.#flight = undefined;
  }

  /** Runs something else from now on. Results so far stay; a run under way is cancelled. */
  replace(plan: CheckPlan): void {
    this.stop();
    this.#plan = plan;
    this.start();
  }

  /**
   * Runs the check now; callers share a run in progress. The schedule does not change.
   * @throws CheckCancelledError `ERR_TASKMON_CHECK_CANCELLED` if it is or gets stopped
   * @throws CheckWaitsForItselfError `ERR_TASKMON_CHECK_WAITS_FOR_ITSELF` inside of its own run
   */
  async run(): Promise<CheckResult> {
    if (!this.#started) throw new CheckCancelledError(this.#plan.name);
    if (isInside(this)) throw new CheckWaitsForItselfError(this.#plan.name);
    const flight = (this.#flight ??= this.#begin());
    // The run that waits for this one holds a slot until this one is done.
    if (currentRun() !== undefined) flight.hurry();
    return flight.result;
  }

  /**
   * Returns the last result if it is no older than `freshMs`. A result that is at most `staleMs` older is
   * still returned, and refreshed in the background. Otherwise runs the check.
   * @throws as {@link CheckRunner.run}
   */
  async read(freshMs: number, staleMs = 0): Promise<CheckResult> {
    const ageMs = this.#engine.clock.now() - this.#resultAtMs;
    if (this.#result !== undefined && ageMs <= freshMs) return this.#result;
    const renewed = this.run();
    if (this.#result === undefined || ageMs > freshMs + staleMs) return renewed;
    renewed.catch(() => undefined);
    return this.#result;
  }

  /** Settles when no function of this check is under way that anyone waits for. */
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
      // Before the first run that proves something nothing is known, least of all that it passed.
      consecutiveFailures: this.#evaluation.status === "unknown" ? -1 : this.#evaluation.failures,
    });
    this.#result = result;
    this.#resultAtMs = nowMs;
    this.#history.add(result.outcome);
    this.#tell(() => this.#listener.onResult?.(result, before.status));
    return result;
  }

  #onCalled(atMs: number): void {
    const due = this.#due;
    if (due === undefined || due.calledAtMs !== undefined) return;
    due.calledAtMs = atMs;
    this.#tell(() => this.#listener.onBegan?.(Math.max(0, atMs - due.atMs)));
  }

  #onAbandoned(returned: Promise<void>): void {
    this.#abandoned++;
    void returned.then(() => this.#abandoned--);
    this.#tell(() => this.#listener.onAbandoned?.(killTimeoutError(this.#plan)));
  }

  #arm(slot: Slot): void {
    this.#next = slot;
    const delayMs = Math.max(0, slot.atMs - this.#engine.clock.now());
    this.#cancelTimer = this.#engine.clock.after(delayMs, () => {
      // A timer holds 24 days at most, and an interval may be longer.
      if (slot.atMs - this.#engine.clock.now() > 10) this.#arm(slot);
      else void this.#runSlot(slot);
    });
  }

  async #runSlot(slot: Slot): Promise<void> {
    const { clock } = this.#engine;
    const firedAtMs = clock.now();
    // A run that was asked for before is under way already.
    const due = this.#flight === undefined ? { atMs: slot.atMs, calledAtMs: undefined } : undefined;
    this.#due = due;
    if (this.#plan.mayRun?.() === false) {
      this.#tell(() => this.#listener.onSkipped?.());
    } else {
      // Cancelled: what cancelled it has seen to the schedule.
      await this.run().catch(() => undefined);
    }
    // Stopped meanwhile, and perhaps started again with a schedule of its own.
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
      this.#tell(() => this.#listener.onDropped?.(next.dropped, why));
    }
    this.#arm(next);
  }

  #tell(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#report.errorOnce("listener", `What follows check ${this.#plan.name} failed`, error);
    }
  }
}

/** What took the longest: the timer, the wait for a slot, or the run. */
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
