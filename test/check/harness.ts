import { createEngine } from "../../src/check/engine.ts";
import type { CheckPlan } from "../../src/check/plan.ts";
import type { CheckFunction, CheckResult, Status } from "../../src/check/result.ts";
import { CheckRunner } from "../../src/check/runner.ts";
import type { Clock } from "../../src/shared/clock.ts";
import { manualClock } from "../../src/testing/manual-clock.ts";

/** A plan whose check runs every second, without jitter, and is judged by each result. */
export function planOf(check: CheckFunction, more: Partial<CheckPlan> = {}): CheckPlan {
  return {
    name: "c",
    check,
    timeoutMs: 500,
    killTimeoutMs: 2_000,
    schedule: {
      intervalMs: 1_000,
      failingIntervalMs: 1_000,
      downIntervalMs: 1_000,
      initialDelayMs: 0,
      jitter: 0,
      seed: 1,
    },
    evaluation: { rise: 1, fall: 1 },
    ...more,
  };
}

/** A runner that remembers what it told its listener. */
export interface Watched {
  readonly runner: CheckRunner;
  readonly results: CheckResult[];
  readonly before: Status[];
  readonly abandoned: Error[];
}

export function watched(
  plan: CheckPlan,
  clock: Clock,
  engine: ReturnType<typeof createEngine> = createEngine(clock, 1),
): Watched {
  const results: CheckResult[] = [];
  const before: Status[] = [];
  const abandoned: Error[] = [];
  const runner = new CheckRunner(plan, engine, {
    onResult: (result, status) => {
      results.push(result);
      before.push(status);
    },
    onAbandoned: (error) => abandoned.push(error),
  });
  return { runner, results, before, abandoned };
}

/** A manual clock on which time also goes by while nothing may run: a blocked event loop. */
export interface StallingClock extends Clock {
  advance(ms: number): Promise<void>;
  /** Lets `ms` go by at once; timers that came due meanwhile fire late, with the next advance. */
  stall(ms: number): void;
}

export function stallingClock(): StallingClock {
  const manual = manualClock();
  let stalledMs = 0;
  const timers = new Set<{ at: number; callback: () => void; cancel: () => void }>();
  const now = (): number => manual.now() + stalledMs;
  return {
    now,
    wallTime: () => manual.wallTime() + stalledMs,
    after(delayMs, callback) {
      const timer = { at: now() + delayMs, callback, cancel: (): void => {} };
      const arm = (): void => {
        timer.cancel = manual.after(Math.max(0, timer.at - now()), () => {
          timers.delete(timer);
          callback();
        });
      };
      arm();
      timers.add(timer);
      return () => {
        timers.delete(timer);
        timer.cancel();
      };
    },
    stall(ms) {
      stalledMs += ms;
      // What is due now, or will be, is due by that much earlier on the manual clock.
      for (const timer of timers) {
        timer.cancel();
        timer.cancel = manual.after(Math.max(0, timer.at - now()), () => {
          timers.delete(timer);
          timer.callback();
        });
      }
    },
    advance: (ms) => manual.advance(ms),
  };
}

/** A function that answers when the test says so. */
export function held(): { check: CheckFunction; answer(value?: unknown): void; calls: number } {
  const waiting: ((value: unknown) => void)[] = [];
  const control = {
    calls: 0,
    check: (() => {
      control.calls++;
      return new Promise<unknown>((resolve) => waiting.push(resolve));
    }) as CheckFunction,
    answer: (value?: unknown): void => waiting.shift()?.(value),
  };
  return control;
}
