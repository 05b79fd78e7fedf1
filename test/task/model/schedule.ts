import fc from "fast-check";

/**
 * A fault that hits one of the tasks, or the store; `cut` keeps a task from the store while it runs and
 * exports. Times in milliseconds of true time.
 */
export type Fault =
  | { readonly kind: "pause" | "suspend" | "cut"; readonly task: number; readonly forMs: number }
  | { readonly kind: "step"; readonly task: number; readonly byMs: number }
  | { readonly kind: "crash" | "stop" | "clone"; readonly task: number }
  /** Hands its number back, which takes so long to arrive, and soon asks again. */
  | { readonly kind: "off and on"; readonly task: number; readonly lateMs: number }
  | { readonly kind: "outage"; readonly forMs: number }
  /** The store loses all that it knew. */
  | { readonly kind: "emptied" }
  /** The store's clock is set back. */
  | { readonly kind: "set back"; readonly byMs: number }
  | { readonly kind: "failover"; readonly lostMs: number };

/** Everything that is left to chance in one run of the model. */
export interface Schedule {
  /** Decides delays, losses and jitter. */
  readonly seed: number;
  /** How fast each task's clock runs against true time, and when it starts. */
  readonly tasks: readonly {
    readonly rate: number;
    readonly startMs: number;
    /** Whether its lease is much shorter than that of the others. @default false */
    readonly isBrief?: boolean;
  }[];
  /** Whether the leases of those who come and soon die are brief. @default false */
  readonly hasBriefNewcomers?: boolean;
  readonly storeRate: number;
  readonly faults: readonly { readonly atMs: number; readonly fault: Fault }[];
}

/** How many tasks a schedule has at most. */
export const TASKS = 8;
/** Faults come until then. */
export const FAULTS_UNTIL_MS = 240_000;

const rate = fc.constantFrom(0.99, 1, 1.01);
const task = fc.nat(TASKS - 1);
const fault: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({
    kind: fc.constantFrom("pause" as const, "suspend" as const, "cut" as const),
    task,
    forMs: fc.oneof(fc.integer({ min: 10, max: 8_000 }), fc.integer({ min: 20_000, max: 60_000 })),
  }),
  fc.record({
    kind: fc.constant("cut" as const),
    task,
    forMs: fc.integer({ min: 40_000, max: 90_000 }),
  }),
  fc.record({
    kind: fc.constant("step" as const),
    task,
    byMs: fc.integer({ min: -3_600_000, max: 3_600_000 }),
  }),
  fc.record({ kind: fc.constantFrom("crash" as const, "stop" as const, "clone" as const), task }),
  fc.record({
    kind: fc.constant("off and on" as const),
    task,
    lateMs: fc.integer({ min: 0, max: 30_000 }),
  }),
  fc.record({
    kind: fc.constant("set back" as const),
    byMs: fc.integer({ min: 1_000, max: 3_600_000 }),
  }),
  fc.record({
    kind: fc.constant("outage" as const),
    forMs: fc.integer({ min: 1_000, max: 60_000 }),
  }),
  fc.record({
    kind: fc.constant("failover" as const),
    lostMs: fc.integer({ min: 0, max: 20_000 }),
  }),
);

/**
 * Schedules in which margins are used up: slow tasks, a fast store, and tasks that are cut off from it
 * again and again while they export.
 */
const tight: fc.Arbitrary<Schedule> = fc.record({
  seed: fc.integer({ min: 1, max: 0x7fff_ffff }),
  tasks: fc.constant(Array.from({ length: TASKS }, () => ({ rate: 0.99, startMs: 0 }))),
  storeRate: fc.constant(1.01),
  faults: fc.array(
    fc.record({
      atMs: fc.nat(FAULTS_UNTIL_MS),
      fault: fc.record({
        kind: fc.constantFrom("cut" as const, "cut" as const, "suspend" as const),
        task,
        forMs: fc.integer({ min: 36_000, max: 50_000 }),
      }),
    }),
    { minLength: 10, maxLength: 20 },
  ),
});

const wide: fc.Arbitrary<Schedule> = fc.record({
  seed: fc.integer({ min: 1, max: 0x7fff_ffff }),
  tasks: fc.array(fc.record({ rate, startMs: fc.nat(60_000) }), {
    minLength: 2,
    maxLength: TASKS,
  }),
  storeRate: rate,
  faults: fc.array(fc.record({ atMs: fc.nat(FAULTS_UNTIL_MS), fault }), { maxLength: 12 }),
});

/**
 * A store that is emptied while tasks with long leases and brief ones hold numbers, some of which are cut
 * off from it and go on exporting. Its clock is right: of an emptied store whose clock was set back
 * nothing can be said.
 */
const emptied: fc.Arbitrary<Schedule> = fc
  .record({
    seed: fc.integer({ min: 1, max: 0x7fff_ffff }),
    tasks: fc.array(fc.record({ rate, startMs: fc.nat(10_000), isBrief: fc.boolean() }), {
      minLength: 3,
      maxLength: TASKS,
    }),
    hasBriefNewcomers: fc.boolean(),
    storeRate: rate,
    atMs: fc.integer({ min: 70_000, max: 150_000 }),
    againAfterMs: fc.option(fc.integer({ min: 1_000, max: 60_000 }), { freq: 3 }),
    cuts: fc.array(
      fc.record({ task, beforeMs: fc.nat(4_000), forMs: fc.integer({ min: 3_000, max: 26_000 }) }),
      { maxLength: 6 },
    ),
  })
  .map(({ atMs, againAfterMs, cuts, ...schedule }) => ({
    ...schedule,
    faults: [
      ...cuts.map(({ beforeMs, ...cut }) => ({
        atMs: atMs - beforeMs,
        fault: { kind: "cut" as const, ...cut },
      })),
      { atMs, fault: { kind: "emptied" as const } },
      ...(againAfterMs === null
        ? []
        : [{ atMs: atMs + againAfterMs, fault: { kind: "emptied" as const } }]),
    ],
  }));

/** Any schedule. */
export const schedules: fc.Arbitrary<Schedule> = fc.oneof(wide, tight, emptied);
