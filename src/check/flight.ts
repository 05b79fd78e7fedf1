import type { CheckEngine } from "./engine.ts";
import type { Ticket } from "./limiter.ts";
import { currentRun, inside, type Nested } from "./nesting.ts";
import { type CheckPlan, timeoutError } from "./plan.ts";
import type { CheckResult, Finding } from "./result.ts";
import { type Run, startRun } from "./run.ts";

/** The interface between a running check and its runner. */
export interface FlightHooks {
  /** The end of the previous run, which this one waits for. */
  readonly earlier: Promise<unknown> | undefined;
  /** A finding instead of a run, if none may begin. */
  refusal(): Finding | undefined;
  /** The check's function was called. */
  onCalled(run: Run): void;
  /** Makes the result of a flight that was not cancelled. */
  onFinding(finding: Finding, startedAt: number, durationMs: number): CheckResult;
}

/** One run of a check, from the request to the result: it waits for its turn, then calls the function. */
export class Flight {
  /** Rejects only when the flight is cancelled. */
  readonly result: Promise<CheckResult>;
  readonly #engine: CheckEngine;
  readonly #plan: CheckPlan;
  readonly #hooks: FlightHooks;
  readonly #nested: Nested;
  readonly #reject: (reason: Error) => void;
  #ticket: Ticket | undefined;
  #run: Run | undefined;
  #hurried = false;
  #cancelled = false;

  constructor(runner: object, engine: CheckEngine, plan: CheckPlan, hooks: FlightHooks) {
    this.#engine = engine;
    this.#plan = plan;
    this.#hooks = hooks;
    this.#nested = { runner, outer: currentRun(), under: true };
    const { promise, resolve, reject } = Promise.withResolvers<CheckResult>();
    this.result = promise;
    this.#reject = reject;
    // Nobody has to await the result.
    promise.catch(() => undefined);
    this.#fly().then((result) => result !== undefined && resolve(result), reject);
  }

  /** Begins without waiting for other checks. */
  hurry(): void {
    this.#hurried = true;
    this.#ticket?.hurry();
  }

  /** Ends the flight without a result. */
  cancel(reason: Error): void {
    if (this.#cancelled) return;
    this.#cancelled = true;
    this.#nested.under = false;
    this.#ticket?.leave();
    this.#run?.cancel(reason);
    this.#reject(reason);
  }

  async #fly(): Promise<CheckResult | undefined> {
    const { clock, limiter, stalls } = this.#engine;
    await this.#hooks.earlier;
    if (this.#cancelled) return undefined;
    const ticket = (this.#ticket = limiter.enter());
    if (this.#hurried) ticket.hurry();
    await ticket.ready;
    if (this.#cancelled) return undefined;

    const startedAt = clock.wallTime();
    const startedAtMs = clock.now();
    const finding = this.#hooks.refusal() ?? (await this.#call(stalls));
    this.#nested.under = false;
    ticket.leave();
    if (this.#cancelled) return undefined;
    return this.#hooks.onFinding(finding, startedAt, clock.now() - startedAtMs);
  }

  #call(stalls: CheckEngine["stalls"]): Promise<Finding> {
    const { check, timeoutMs, killTimeoutMs } = this.#plan;
    const run = inside(this.#nested, () =>
      startRun(check, {
        clock: this.#engine.clock,
        stalls,
        timeoutMs,
        killTimeoutMs,
        timeoutError: () => timeoutError(this.#plan),
      }),
    );
    this.#run = run;
    this.#hooks.onCalled(run);
    return run.finding;
  }
}
