import fc from "fast-check";
import { expect, it } from "vitest";
import { type Schedule, schedules } from "./schedule.ts";
import { violation } from "./simulation.ts";
import { type Mutation, MUTATIONS } from "./variants.ts";

/** How many schedules are tried; `npm run test:model` tries 100,000. */
const RUNS = Number(process.env.TASKMON_MODEL_RUNS ?? 2_000);

/** The property that no schedule breaks an invariant. */
function holds(mutation?: Mutation): fc.IProperty<[Schedule]> {
  return fc.property(schedules, (schedule) => {
    expect(violation(schedule, mutation)).toBeUndefined();
  });
}

it(
  `keeps its invariants under ${RUNS} schedules of faults`,
  () => {
    fc.assert(holds(), { numRuns: RUNS });
  },
  RUNS * 100,
);

it.each(MUTATIONS)(
  "would break them with %s",
  (mutation) => {
    const { failed } = fc.check(holds(mutation), { numRuns: 3_000, endOnFailure: true });
    expect(failed, `no schedule out of 3,000 caught "${mutation}"`).toBe(true);
  },
  300_000,
);
