import fc from "fast-check";
import { expect, it } from "vitest";
import {
  evaluate,
  type Evaluation,
  type EvaluationSpec,
  NO_RESULTS,
  paceOf,
} from "../../src/check/evaluate.ts";
import type { Outcome, Status } from "../../src/check/result.ts";

/** The statuses after each of the outcomes, one second apart. `P`, `W`, `F` and `?` stand for them. */
function statuses(spec: EvaluationSpec, outcomes: string): string {
  const letters = { P: "pass", W: "warn", F: "fail", "?": "unknown" } as const;
  let state = NO_RESULTS;
  return outcomes
    .split("")
    .map((letter, second) => {
      state = evaluate(spec, state, letters[letter as keyof typeof letters], second * 1_000);
      return Object.entries(letters).find(([, status]) => status === state.status)![0];
    })
    .join("");
}

it("follows each result where nothing else is asked", () => {
  expect(statuses({ rise: 1, fall: 1 }, "PFPWF?P")).toBe("PFPWFFP");
});

it("goes down after `fall` failures in a row and up after `rise` runs that did not fail", () => {
  expect(statuses({ rise: 2, fall: 3 }, "PFFPFFFPFPP")).toBe("PPPPPPFFFFP");
});

it("lets the first result decide", () => {
  expect(statuses({ rise: 3, fall: 3 }, "F")).toBe("F");
  expect(statuses({ rise: 3, fall: 3 }, "??P")).toBe("??P");
});

it("goes down when N of the last M failed, and up when fewer did", () => {
  const window = { failures: 2, size: 4 };
  expect(statuses({ rise: 1, fall: Infinity, window }, "PFPPFPFPPP")).toBe("PPPPFPFFPP");
});

it("goes down when every run has failed for the longest allowed time", () => {
  expect(statuses({ rise: 1, fall: Infinity, maxErrorMs: 3_000 }, "PFFFPFFFFP")).toBe("PPPPPPPPFP");
});

it("takes a degraded check as up", () => {
  expect(statuses({ rise: 2, fall: 2 }, "WFWFFWW")).toBe("WWWWFFW");
});

it("takes no side on an unknown result", () => {
  expect(statuses({ rise: 1, fall: 2 }, "PF?F")).toBe("PPPF");
});

it("speeds up while results contradict the status", () => {
  const spec = { rise: 2, fall: 2 };
  const pace = (outcomes: Outcome[]): string =>
    paceOf(outcomes.reduce((state, outcome) => evaluate(spec, state, outcome, 0), NO_RESULTS));
  expect(pace([])).toBe("steady");
  expect(pace(["pass"])).toBe("steady");
  expect(pace(["pass", "fail"])).toBe("failing");
  expect(pace(["pass", "fail", "fail"])).toBe("down");
  expect(pace(["pass", "fail", "fail", "pass"])).toBe("failing");
  expect(pace(["pass", "fail", "fail", "pass", "pass"])).toBe("steady");
});

/** Judges the whole history anew at every step. */
function naive(spec: EvaluationSpec, history: readonly { outcome: Outcome; at: number }[]): Status {
  let status: Status = "unknown";
  const known = history.filter(({ outcome }) => outcome !== "unknown");
  for (let end = 1; end <= known.length; end++) {
    const past = known.slice(0, end);
    const { outcome, at } = past.at(-1)!;
    const lastSuccess = past.findLastIndex((run) => run.outcome !== "fail");
    const lastFailure = past.findLastIndex((run) => run.outcome === "fail");
    const { failures = Infinity, size = 1 } = spec.window ?? {};
    const tooMany = past.slice(-size).filter((run) => run.outcome === "fail").length >= failures;
    if (outcome === "fail") {
      const inARow = past.length - 1 - lastSuccess;
      const since = past[lastSuccess + 1]!.at;
      const tooLong = spec.maxErrorMs !== undefined && at - since >= spec.maxErrorMs;
      if (status === "unknown" || inARow >= spec.fall || tooMany || tooLong) status = "fail";
    } else if (status !== "fail") status = outcome;
    else if (past.length - 1 - lastFailure >= spec.rise && !tooMany) status = outcome;
  }
  return status;
}

const specs: fc.Arbitrary<EvaluationSpec> = fc
  .record(
    {
      rise: fc.integer({ min: 1, max: 4 }),
      fall: fc.constantFrom(1, 2, 3, Infinity),
      window: fc.constantFrom({ failures: 2, size: 3 }, { failures: 3, size: 5 }),
      maxErrorMs: fc.integer({ min: 0, max: 5_000 }),
    },
    { requiredKeys: ["rise", "fall"] },
  )
  .map((spec) => spec);
const histories = fc.array(
  fc.record({
    outcome: fc.constantFrom<Outcome>("pass", "warn", "fail", "fail", "unknown"),
    after: fc.integer({ min: 0, max: 2_000 }),
  }),
  { maxLength: 30 },
);

it("answers as judging the whole history at each result would", () => {
  fc.assert(
    fc.property(specs, histories, (spec, runs) => {
      let state: Evaluation = NO_RESULTS;
      let at = 0;
      const history: { outcome: Outcome; at: number }[] = [];
      for (const { outcome, after } of runs) {
        at += after;
        history.push({ outcome, at });
        state = evaluate(spec, state, outcome, at);
        expect(state.status).toBe(naive(spec, history));
        expect(state.recent.length).toBeLessThanOrEqual(spec.window?.size ?? 1);
      }
    }),
    { numRuns: 500 },
  );
});

it("changes the status only as the thresholds allow", () => {
  fc.assert(
    fc.property(specs, histories, (spec, runs) => {
      let state: Evaluation = NO_RESULTS;
      let at = 0;
      for (const { outcome, after } of runs) {
        const before = state;
        state = evaluate(spec, before, outcome, (at += after));
        if (before.status === "fail" && state.status !== "fail") {
          expect(state.successes).toBeGreaterThanOrEqual(spec.rise);
        }
        if (before.status !== "fail" && before.status !== "unknown" && state.status === "fail") {
          const tooLong = at - state.failingSinceMs! >= (spec.maxErrorMs ?? Infinity);
          const tooMany =
            state.recent.filter(Boolean).length >= (spec.window?.failures ?? Infinity);
          expect(state.failures >= spec.fall || tooLong || tooMany).toBe(true);
        }
        expect(state.failures === 0 || state.successes === 0).toBe(true);
      }
    }),
  );
});
