import fc from "fast-check";
import { expect, it } from "vitest";
import { firstSlot, nextSlot, type Pace, type ScheduleSpec } from "../../src/check/schedule.ts";

const plain: ScheduleSpec = {
  intervalMs: 1_000,
  failingIntervalMs: 200,
  downIntervalMs: 5_000,
  initialDelayMs: 0,
  jitter: 0,
  seed: 1,
};

const specs = fc.record({
  intervalMs: fc.integer({ min: 1, max: 100_000 }),
  failingIntervalMs: fc.integer({ min: 1, max: 100_000 }),
  downIntervalMs: fc.integer({ min: 1, max: 100_000 }),
  initialDelayMs: fc.integer({ min: 0, max: 10_000 }),
  jitter: fc.constantFrom(0, 0.1, 0.5, 0.99),
  seed: fc.integer(),
});
const paces = fc.constantFrom<Pace>("steady", "failing", "down");

it("runs at once and then at fixed points, however late the runs are", () => {
  let slot = firstSlot(plain, 10_000);
  expect(slot.atMs).toBe(10_000);
  const points: number[] = [];
  for (let run = 0; run < 4; run++) {
    slot = nextSlot(plain, 10_000, slot.slotMs, slot.atMs + 321, "steady");
    points.push(slot.atMs);
  }
  expect(points).toEqual([11_000, 12_000, 13_000, 14_000]);
});

it("drops and counts the points that went by while a run was going on", () => {
  expect(nextSlot(plain, 0, 2_000, 5_500, "steady")).toEqual({
    slotMs: 6_000,
    atMs: 6_000,
    dropped: 3,
  });
});

it("runs faster on the way down or up, and slower while down, on the grid of the same phase", () => {
  expect(nextSlot(plain, 0, 2_000, 2_010, "failing").atMs).toBe(2_200);
  expect(nextSlot(plain, 0, 2_200, 2_210, "down").atMs).toBe(5_000);
  expect(nextSlot(plain, 0, 5_000, 5_010, "steady").atMs).toBe(6_000);
});

it("answers as counting the points one by one would", () => {
  fc.assert(
    fc.property(
      specs,
      paces,
      fc.nat(50),
      fc.double({ min: 0, max: 40, noNaN: true }),
      (spec, pace, run, late) => {
        const { slotMs: first } = firstSlot(spec, 500);
        const zero = { ...spec, jitter: 0 };
        const interval = {
          steady: "intervalMs",
          failing: "failingIntervalMs",
          down: "downIntervalMs",
        }[pace] as "intervalMs";
        const last = first + run * spec[interval];
        const now = last + late * spec[interval];

        let point = run + 1;
        while (first + point * spec[interval] <= now) point++;

        const next = nextSlot(zero, first, last, now, pace);
        expect(next.slotMs).toBeCloseTo(first + point * spec[interval], 5);
        expect(next.dropped).toBe(point - run - 1);
      },
    ),
  );
});

it("never goes back, never runs a point early, and keeps the jitter within its interval", () => {
  fc.assert(
    fc.property(
      specs,
      fc.array(fc.tuple(paces, fc.double({ min: 0, max: 3, noNaN: true })), { maxLength: 40 }),
      (spec, runs) => {
        const first = firstSlot(spec, 0);
        expect(first.atMs).toBeGreaterThanOrEqual(spec.initialDelayMs);
        expect(first.atMs).toBeLessThanOrEqual(spec.initialDelayMs + 1_000);
        let slot = first;
        for (const [pace, late] of runs) {
          const now = slot.atMs + late * spec.intervalMs;
          const next = nextSlot(spec, first.slotMs, slot.slotMs, now, pace);
          const interval = {
            steady: spec.intervalMs,
            failing: spec.failingIntervalMs,
            down: spec.downIntervalMs,
          };
          expect(next.slotMs).toBeGreaterThan(slot.slotMs);
          expect(next.slotMs).toBeGreaterThan(now);
          expect(next.atMs).toBeGreaterThanOrEqual(next.slotMs);
          expect(next.atMs - next.slotMs).toBeLessThanOrEqual(spec.jitter * interval[pace]);
          expect(next.slotMs - now).toBeLessThanOrEqual(1.5 * interval[pace] + 1e-6);
          expect(next.dropped).toBeGreaterThanOrEqual(0);
          slot = next;
        }
      },
    ),
  );
});

it("gives equal seeds equal schedules, and spreads different seeds over the interval", () => {
  const jittered = { ...plain, jitter: 0.1 };
  const second = (seed: number): number => {
    const spec = { ...jittered, seed };
    const { slotMs } = firstSlot(spec, 0);
    return nextSlot(spec, slotMs, slotMs, slotMs, "steady").slotMs - slotMs;
  };
  expect(second(7)).toBe(second(7));

  const gaps = Array.from({ length: 1_000 }, (_, seed) => second(seed));
  for (let tenth = 0; tenth < 10; tenth++) {
    const from = 500 + tenth * 100;
    const inTenth = gaps.filter((gap) => gap >= from && gap < from + 100).length;
    expect(inTenth).toBeGreaterThan(60);
    expect(inTenth).toBeLessThan(140);
  }
});
