import type { Clock } from "../shared/clock.ts";
import { messageOf } from "../shared/errors.ts";
import { createReporter } from "../shared/report.ts";
import { TimeoutError } from "../shared/timeout.ts";

/** One step of an ending. */
export interface Step {
  /** As people read it: `the last export`. */
  readonly name: string;
  /** Does it. The signal aborts when the time for it is up; nobody waits for it any longer then. */
  run(signal: AbortSignal): void | Promise<void>;
  /** The part of the whole time, from 0 to 1, that the steps before it leave to it. @default 0 */
  readonly share?: number;
  /** Begun also when the time is up or the rest was called off, and then has its share. @default false */
  readonly essential?: boolean;
}

/** What became of a step: `timed_out` at its limit, `aborted` when the caller called the rest off. */
export type StepOutcome = "done" | "failed" | "timed_out" | "aborted" | "skipped";

/** How a step went. */
export interface StepReport {
  readonly name: string;
  readonly outcome: StepOutcome;
  readonly durationMs: number;
  /** Why it failed or was cut off. */
  readonly error?: unknown;
}

/** How the whole went. */
export interface SequenceReport {
  readonly steps: readonly StepReport[];
  readonly durationMs: number;
  /** Whether every step is `done`. */
  readonly complete: boolean;
}

/** How long the whole may take. */
export interface SequenceLimits {
  /** The time for all steps together, in milliseconds. */
  readonly timeoutMs: number;
  /** Calls off what is not essential. */
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
 * Runs steps one after another within one deadline, whatever becomes of each: one that fails or hangs
 * is reported, and the next one runs all the same.
 */
export class Sequence {
  readonly #clock: Clock;
  readonly #steps: readonly Step[];
  readonly #report = createReporter("shutdown");
  /** The shortest that any caller gave. */
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
   * Runs the steps; later calls get the same promise. Each call may hasten the whole, none can slow it
   * down: the earliest deadline holds, and any caller's signal calls off the rest. Never rejects.
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
    // What is essential still has its part of the time, and no more.
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
      this.#report.warnOnce(report.name, `The shutdown goes on: ${report.name} ${textOf(report)}`);
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
    // The call comes first: a step that needs no time is done also where there is none.
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

  /** Sets the limit of the step under way anew. */
  #limit(): void {
    const current = this.#current;
    if (current === undefined) return;
    current.cancelTimer?.();
    const { step, startedAtMs, laterShares, stop } = current;
    const spentMs = this.#clock.now() - startedAtMs;
    // Nothing else may have cost it its share: neither the steps before, nor a loop that was blocked.
    const ownMs = step.essential ? shareOf(step) * this.#timeoutMs - spentMs : 0;
    const limitMs = Math.max(0, this.#leftMs(laterShares), ownMs);
    current.cancelTimer = this.#clock.after(limitMs, () =>
      stop("timed_out", new TimeoutError(step.name, Math.round(spentMs + limitMs))),
    );
  }

  /** The time until the deadline, less what is kept for later steps. */
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
