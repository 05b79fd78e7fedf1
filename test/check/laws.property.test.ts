import fc from "fast-check";
import { expect, it } from "vitest";
import { createEngine } from "../../src/check/engine.ts";
import type { CheckFunction, CheckResult } from "../../src/check/result.ts";
import { CheckRunner } from "../../src/check/runner.ts";
import type { Clock } from "../../src/shared/clock.ts";
import { manualClock } from "../../src/testing/manual-clock.ts";
import { planOf } from "./harness.ts";

/** How one call of the check goes. */
interface Call {
  readonly takesMs: number;
  readonly obeys: boolean;
  readonly ends: "pass" | "warn" | "throw" | "rubbish";
}

const calls = fc.array(
  fc.record<Call>({
    takesMs: fc.constantFrom(0, 50, 499, 500, 501, 1_500, 1_990),
    obeys: fc.boolean(),
    ends: fc.constantFrom("pass", "warn", "throw", "rubbish"),
  }),
  { minLength: 1, maxLength: 10 },
);

type Step =
  | { readonly do: "advance"; readonly ms: number }
  | { readonly do: "run" | "stop" | "start" | "replace" | "setWallBack" };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ do: fc.constant("advance" as const), ms: fc.nat(3_000) }) },
    fc.record({
      do: fc.constantFrom(
        "run" as const,
        "stop" as const,
        "start" as const,
        "replace" as const,
        "setWallBack" as const,
      ),
    }),
  ),
  { minLength: 5, maxLength: 30 },
);

it("never runs one check twice at a time, nor a stopped one, and its results only go forward", async () => {
  await fc.assert(
    fc.asyncProperty(
      calls,
      steps,
      fc.integer({ min: 1, max: 3 }),
      async (script, actions, concurrency) => {
        const manual = manualClock();
        let wallOffset = 0;
        const clock: Clock = {
          now: manual.now,
          wallTime: () => manual.wallTime() + wallOffset,
          after: manual.after,
        };
        // What is thrown in a check or a listener goes no further, so laws are noted.
        const broken: string[] = [];
        const law = (holds: boolean, otherwise: string): void =>
          void (holds || broken.push(otherwise));
        let inside = 0;
        let called = 0;
        let started = true;
        // Shorter than the kill timeout, whatever the script says: such a function is waited for.
        const check: CheckFunction = async ({ signal }) => {
          law(started, "a stopped check was called");
          law(++inside === 1, "two runs at a time");
          const { takesMs, obeys, ends } = script[called++ % script.length]!;
          await new Promise<void>((resolve) => {
            clock.after(takesMs, resolve);
            if (obeys) signal.addEventListener("abort", () => resolve());
          });
          inside--;
          if (ends === "throw") throw new Error("thrown");
          return (ends === "rubbish" ? 42 : { status: ends }) as { status: "pass" };
        };
        const results: CheckResult[] = [];
        const plan = planOf(check, { evaluation: { rise: 2, fall: 3 } });
        const runner = new CheckRunner(plan, createEngine(clock, concurrency), {
          onResult: (result, before) => {
            law(started, "a stopped check has a result");
            const last = results.at(-1);
            law(before === (last?.status ?? "unknown"), "the status changed without a result");
            law(result.startedAt > (last?.startedAt ?? 0), "a result is not later than the last");
            const failed = result.outcome === "fail";
            const failures = failed ? (last?.consecutiveFailures ?? 0) + 1 : 0;
            law(result.consecutiveFailures === failures, "failures in a row are miscounted");
            law(result.durationMs <= plan.timeoutMs, "a run took longer than its timeout");
            results.push(result);
          },
        });
        const asked: Promise<unknown>[] = [];
        runner.start();

        for (const step of actions) {
          switch (step.do) {
            case "advance":
              await manual.advance(step.ms);
              break;
            case "run":
              asked.push(runner.run().catch((error: unknown) => error));
              break;
            case "stop":
              started = false;
              runner.stop();
              break;
            case "start":
              started = true;
              runner.start();
              break;
            case "replace":
              started = true;
              runner.replace(plan);
              break;
            case "setWallBack":
              wallOffset -= 10_000;
          }
        }
        started = true;
        runner.start();
        const before = results.length;
        await manual.advance(10_000);
        // Whatever happened: it runs again, and everyone who asked has an answer.
        expect(results.length).toBeGreaterThan(before);
        await Promise.all(asked);
        expect(broken).toEqual([]);
        runner.stop();
      },
    ),
    { numRuns: 400 },
  );
});
