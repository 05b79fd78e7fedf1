import fc from "fast-check";
import { expect } from "vitest";
import type { Grant, Heartbeat, HeartbeatAnswer, Release } from "../../../src/task/allocator.ts";
import { NaiveStore } from "./naive-store.ts";

/** What the model is compared with, on a clock that the test moves. */
export interface Subject {
  notify(instance: string, heartbeat: Heartbeat): HeartbeatAnswer | Promise<HeartbeatAnswer>;
  release(instance: string, grant: Release): boolean | Promise<boolean>;
  housekeep(): unknown;
  forget(): unknown;
  close(): unknown;
}

/** The subject's clock. */
export interface Time {
  now: number;
  wallTime: number;
}

/**
 * Whatever happens, in whatever order, the answers are those of a plain array.
 * @param make a subject on an empty store
 */
export async function expectAnswersOfModel(
  make: (time: Time) => Subject | Promise<Subject>,
  options: { readonly numRuns: number; readonly epochs?: "as the model's" | "any" },
): Promise<void> {
  const property = fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 80 }), (steps) =>
    run(steps, make, options.epochs ?? "as the model's"),
  );
  await fc.assert(property, { numRuns: options.numRuns });
}

const task = fc.nat(5);

/** What a task says that it holds: the truth, nothing, or something that it never had. */
const claim = fc.oneof(
  { weight: 6, arbitrary: fc.constant("what it has" as const) },
  { weight: 2, arbitrary: fc.constant("nothing" as const) },
  {
    weight: 1,
    arbitrary: fc.record({ num: fc.nat(7), epochStep: fc.integer({ min: -2, max: 6 }) }),
  },
);

const step = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant("beat" as const),
      task,
      claim,
      seqStep: fc.constantFrom(1, 1, 1, 1, 0, -1),
      holdMs: fc.constantFrom(10, 30, 100),
      maxTasks: fc.constantFrom(6, 6, 6, 3, 1),
      isHeard: fc.constantFrom(true, true, true, false),
      longestHoldMs: fc.constantFrom(undefined, undefined, undefined, 20, 200),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("release" as const),
      task,
      by: fc.constantFrom("itself", "itself", "another"),
      quarantineMs: fc.constantFrom(0, 10, 40),
      seqStep: fc.constantFrom(1, 1, 0, undefined),
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("advance" as const), ms: fc.nat(60) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("set back" as const),
      ms: fc.integer({ min: 1, max: 5_000 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("housekeep" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("forget" as const) }) },
);

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const START_EPOCH = 1_700_000_000_000;

/** Runs the steps on the subject and on the model, and compares all answers. */
async function run(
  steps: readonly Step[],
  make: (time: Time) => Subject | Promise<Subject>,
  epochs: "as the model's" | "any",
): Promise<void> {
  const time = { now: 1_000, wallTime: START_EPOCH };
  const subject = await make(time);
  const model = new NaiveStore();
  const seqs = new Map<number, number>();
  const held = new Map<number, Grant>();
  const latestEpochs = new Map<number, number>();

  const beat = async ({ task: id, ...said }: Extract<Step, { kind: "beat" }>): Promise<void> => {
    const seq = (seqs.get(id) ?? 0) + said.seqStep;
    seqs.set(id, Math.max(seq, seqs.get(id) ?? 0));
    const has = held.get(id);
    let claimed: Grant | undefined;
    if (said.claim === "what it has") claimed = has;
    else if (said.claim !== "nothing") {
      claimed = { num: said.claim.num, epoch: model.lastEpoch + said.claim.epochStep };
    }
    const { holdMs, maxTasks, longestHoldMs } = said;
    const heartbeat = {
      seq,
      holdMs,
      maxTasks,
      leaseMs: holdMs / 2,
      ...(claimed && { held: claimed }),
      ...(longestHoldMs !== undefined && { longestHoldMs }),
    };
    const expected = model.notify(time.now, time.wallTime, `task-${id}`, heartbeat);
    const answer = await subject.notify(`task-${id}`, heartbeat);
    if (epochs === "any" && answer.kind === "granted" && expected.kind === "granted") {
      model.setEpoch(expected.num, answer.epoch);
      expect(answer).toEqual({ ...expected, epoch: answer.epoch });
    } else expect(answer).toEqual(expected);
    if (answer.kind === "granted") {
      const { num, epoch } = answer;
      expect(num).toBeLessThan(maxTasks);
      // Either the number's latest grant, renewed, or a new one with a larger epoch.
      const latest = latestEpochs.get(num) ?? 0;
      expect(epoch).toBeGreaterThanOrEqual(latest);
      if (epoch === latest) expect(model.slots[num]?.owner).toBe(`task-${id}`);
      latestEpochs.set(num, epoch);
    }
    if (!said.isHeard) return;
    if (answer.kind === "granted") held.set(id, { num: answer.num, epoch: answer.epoch });
    if (answer.kind === "lost" || answer.kind === "full") held.delete(id);
  };

  const letGo = async (said: Extract<Step, { kind: "release" }>): Promise<void> => {
    const { task: id, quarantineMs, seqStep } = said;
    const by = said.by === "itself" ? id : (id + 1) % 6;
    const grant = held.get(id);
    if (grant === undefined) return;
    const seq = seqStep === undefined ? {} : { seq: (seqs.get(id) ?? 0) + seqStep };
    const release = { ...grant, ...seq, quarantineMs };
    const expected = model.release(time.now, `task-${by}`, release);
    expect(await subject.release(`task-${by}`, release)).toBe(expected);
    if (by === id && expected) held.delete(id);
  };

  let earliest = time.now;
  let latest = time.now;
  try {
    for (const what of steps) {
      latest = Math.max(latest, time.now);
      if (what.kind === "beat") await beat(what);
      else if (what.kind === "release") await letGo(what);
      else if (what.kind === "set back") {
        // The wall clock, which epochs begin at, as well: a real store has one clock.
        const ms = Math.min(what.ms, time.now - earliest);
        time.now -= ms;
        time.wallTime -= ms;
      } else if (what.kind === "advance") {
        time.now += what.ms;
        time.wallTime += what.ms;
      } else if (what.kind === "housekeep") {
        model.expire(time.now);
        await subject.housekeep();
      } else {
        // A new store's epochs are larger because time has passed.
        const ms = latest - time.now + 100;
        time.now += ms;
        time.wallTime += ms;
        earliest = time.now;
        model.forget();
        await subject.forget();
      }
      const owners = model.slots.map(({ owner }) => owner).filter((owner) => owner !== undefined);
      expect(new Set(owners).size).toBe(owners.length);
    }
  } finally {
    await subject.close();
  }
}
