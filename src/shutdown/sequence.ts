import type { Clock } from "../shared/clock.ts";
import { messageOf } from "../shared/errors.ts";
import { createReporter } from "../shared/report.ts";
import { TimeoutError } from "../shared/timeout.ts";

/** One step of a shutdown. */
export interface Step {
  /** Its name in messages: `the last export`. */
  readonly name: string;
  /** Runs the step. The signal aborts when its time is up; then nobody waits for it any longer. */
  run(signal: AbortSignal): void | Promise<void>;
  /** The share of the whole time, from 0 to 1, that earlier steps leave to it. @default 0 */
  readonly share?: number;
  /** Runs even when the time is up or the rest was cancelled; it then has its share. @default false */
  readonly essential?: boolean;
}

/** The outcome of a step: `timed_out` at its limit, `aborted` when the caller cancelled the rest. */
export type StepOutcome = "done" | "failed" | "timed_out" | "aborted" | "skipped";

/** The result of a step. */
export interface StepReport {
  readonly name: string;
  readonly outcome: StepOutcome;
  readonly durationMs: number;
  /** Why it failed or was stopped. */
  readonly error?: unknown;
}

/** The result of all steps. */
export interface SequenceReport {
  readonly steps: readonly StepReport[];
  readonly durationMs: number;
  /** Whether every step is `done`. */
  readonly complete: boolean;
}

/** The limits of the whole sequence. */
export interface SequenceLimits {
  /** The time for all steps together, in milliseconds. */
  readonly timeoutMs: number;
  /** Cancels the steps that are not essential. */
  readonly signal?: AbortSignal | undefined;
}

interface Current {
  readonly step: Step;
  readonly startedAtMs: number;
  readonly laterShares: number;
  readonly stop: (outcome: "timed_out" | "aborted", error: unknown) => void;
  cancelTimer: (() => void) | undefined;
}

/**
 * Runs steps one after another within one deadline. A step that fails or hangs is reported, and the next
 * one runs anyway.
 */
export class Sequence {
  readonly #clock: Clock;
  readonly #steps: readonly Step[];
  readonly #report = createReporter("shutdown");
  /** The shortest limit that a caller gave. */
  #timeoutMs = Infinity;
  #deadlineMs = Infinity;
  #calledOff: { readonly reason: unknown } | undefined;
  readonly #forget: (() => void)[] = [];
  #current: Current | undefined;
  #running: Promise<SequenceReport> | undefined;
  #isOver = false;

  constructor(clock: Clock, steps: readonly Step[]) {
    this.#clock = clock;
    this.#steps = steps;
  }

  /**
   * Runs the steps; later calls get the same promise. Each call can make it faster, none slower: the
   * earliest deadline counts, and any caller's signal cancels the rest. Never rejects.
   */
  run(limits: SequenceLimits): Promise<SequenceReport> {
    if (!this.#isOver) this.#hasten(limits);
    this.#running ??= this.#runAll();
    return this.#running;
  }

  #hasten({ timeoutMs, signal }: SequenceLimits): void {
    this.#timeoutMs = Math.min(this.#timeoutMs, timeoutMs);
    this.#deadlineMs = Math.min(this.#deadlineMs, this.#clock.now() + timeoutMs);
    this.#limit();
    if (signal === undefined) return;
    const onAbort = (): void => this.#callOff(signal.reason);
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    this.#forget.push(() => signal.removeEventListener("abort", onAbort));
  }

  #callOff(reason: unknown): void {
    if (this.#calledOff !== undefined) return;
    this.#calledOff = { reason };
    // An essential step still has its share of the time, and no more.
    const shares = this.#steps.reduce((sum, step) => sum + (step.essential ? shareOf(step) : 0), 0);
    this.#deadlineMs = Math.min(this.#deadlineMs, this.#clock.now() + shares * this.#timeoutMs);
    if (this.#current?.step.essential) this.#limit();
    else this.#current?.stop("aborted", reason);
  }

  async #runAll(): Promise<SequenceReport> {
    const startedAtMs = this.#clock.now();
    const steps: StepReport[] = [];
    for (const index of this.#steps.keys()) {
      const report = await this.#runStep(index);
      steps.push(report);
      if (report.outcome === "done") continue;
      this.#report.warnOnce(
        report.name,
        `The shutdown continues: ${report.name} ${textOf(report)}`,
      );
    }
    this.#isOver = true;
    for (const forget of this.#forget.splice(0)) forget();
    return {
      steps,
      durationMs: this.#clock.now() - startedAtMs,
      complete: steps.every(({ outcome }) => outcome === "done"),
    };
  }

  async #runStep(index: number): Promise<StepReport> {
    const step = this.#steps[index]!;
    const startedAtMs = this.#clock.now();
    const laterShares = this.#steps
      .slice(index + 1)
      .reduce((sum, later) => sum + shareOf(later), 0);
    const ended = Promise.withResolvers<Omit<StepReport, "name" | "durationMs">>();
    const controller = new AbortController();
    const stop: Current["stop"] = (outcome, error) => {
      ended.resolve({ outcome, error });
      controller.abort(error);
    };
    if (!step.essential && (this.#calledOff !== undefined || this.#leftMs(laterShares) <= 0)) {
      return { name: step.name, outcome: "skipped", durationMs: 0 };
    }
    const current: Current = { step, startedAtMs, laterShares, stop, cancelTimer: undefined };
    this.#current = current;
    // Call first: a step that needs no time succeeds even if none is left.
    callOf(step, controller.signal).then(
      () => ended.resolve({ outcome: "done" }),
      (error: unknown) => ended.resolve({ outcome: "failed", error }),
    );
    this.#limit();
    const end = await ended.promise;
    current.cancelTimer?.();
    this.#current = undefined;
    return { name: step.name, ...end, durationMs: this.#clock.now() - startedAtMs };
  }

  /** Updates the limit of the running step. */
  #limit(): void {
    const current = this.#current;
    if (current === undefined) return;
    current.cancelTimer?.();
    const { step, startedAtMs, laterShares, stop } = current;
    const spentMs = this.#clock.now() - startedAtMs;
    // Earlier steps or a blocked event loop must not reduce its share.
    const ownMs = step.essential ? shareOf(step) * this.#timeoutMs - spentMs : 0;
    const limitMs = Math.max(0, this.#leftMs(laterShares), ownMs);
    current.cancelTimer = this.#clock.after(limitMs, () =>
      stop("timed_out", new TimeoutError(step.name, Math.round(spentMs + limitMs))),
    );
  }

  /** The time until the deadline, minus the reserve for later steps. */
  #leftMs(laterShares: number): number {
    return this.#deadlineMs - this.#clock.now() - laterShares * this.#timeoutMs;
  }
}

function shareOf(step: Step): number {
  return step.share ?? 0;
}

async function callOf(step: Step, signal: AbortSignal): Promise<void> {
  await step.run(signal);
}

function textOf({ outcome, error }: StepReport): string {
  if (outcome === "failed") return `failed: ${messageOf(error)}`;
  if (outcome === "skipped") return "was skipped";
  return outcome === "aborted" ? "was called off" : "took too long";
}
