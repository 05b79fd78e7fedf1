import fc from "fast-check";
import { expect, it } from "vitest";
import { type Schedule, schedules } from "./schedule.ts";
import { violation } from "./simulation.ts";
import { type Mutation, MUTATIONS } from "./variants.ts";

/** How many schedules are tried; `npm run test:model` tries 100,000. */
const RUNS = Number(process.env.TASKMON_MODEL_RUNS ?? 2_000);

/** `npm test` tries the same schedules each time, so that no change fails by luck; long runs try others. */
const SEED = process.env.TASKMON_MODEL_RUNS === undefined ? { seed: 1_062_047_441 } : {};

/** The property that no schedule breaks an invariant. */
function holds(mutation?: Mutation): fc.IProperty<[Schedule]> {
  return fc.property(schedules, (schedule) => {
    expect(violation(schedule, mutation)).toBeUndefined();
  });
}

it(
  `keeps its invariants under ${RUNS} schedules of faults`,
  () => {
    fc.assert(holds(), { numRuns: RUNS, ...SEED });
  },
  RUNS * 100,
);

/** Found by a run of 100,000 schedules; about one in 30,000 is like it. */
it("keeps the numbers of long leases where a store is emptied twice, and one with a brief lease returns", () => {
  const cut = (task: number, forMs: number): Schedule["faults"][number] => ({
    atMs: 106_666,
    fault: { kind: "cut", task, forMs },
  });
  const schedule: Schedule = {
    seed: 2_147_483_617,
    tasks: [
      { rate: 1, startMs: 2_942 },
      { rate: 0.99, startMs: 14 },
      { rate: 1.01, startMs: 8_623, isBrief: true },
      { rate: 1, startMs: 8_622 },
      { rate: 1.01, startMs: 3_561, isBrief: true },
    ],
    storeRate: 0.99,
    faults: [
      ...[cut(6, 8_217), cut(3, 6_429), cut(0, 7_813)],
      { atMs: 106_666, fault: { kind: "emptied" } },
      { atMs: 108_015, fault: { kind: "emptied" } },
    ],
  };
  expect(violation(schedule)).toBeUndefined();
});

/** Found by a run of 2,000 schedules: the clock was set back so far that an earlier rest seemed to go on. */
it("keeps the order of epochs where a failover loses a grant, and the clock is set back just then", () => {
  const schedule: Schedule = {
    seed: 1,
    tasks: [
      { rate: 0.99, startMs: 37_209 },
      { rate: 0.99, startMs: 27_305 },
    ],
    storeRate: 0.99,
    faults: [
      { atMs: 176_092, fault: { kind: "failover", lostMs: 2 } },
      { atMs: 77_345, fault: { kind: "pause", task: 0, forMs: 7_827 } },
      { atMs: 176_091, fault: { kind: "set back", byMs: 174_332 } },
      { atMs: 131_019, fault: { kind: "cut", task: 7, forMs: 43_810 } },
    ],
  };
  expect(violation(schedule)).toBeUndefined();
});

it.each(MUTATIONS)(
  "would break them with %s",
  (mutation) => {
    const { failed } = fc.check(holds(mutation), { numRuns: 3_000, endOnFailure: true });
    expect(failed, `no schedule out of 3,000 caught "${mutation}"`).toBe(true);
  },
  300_000,
);
