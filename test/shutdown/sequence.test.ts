import { diag, type DiagLogger } from "@opentelemetry/api";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { Sequence, type Step, type StepOutcome } from "../../src/shutdown/sequence.ts";
import { manualClock } from "../../src/testing/manual-clock.ts";

const forever = (): Promise<void> => new Promise(() => undefined);

/** What is said to the diag logger. */
function said(): string[] {
  const lines: string[] = [];
  const say = (_namespace: string, message: string): void => void lines.push(message);
  diag.setLogger({ ...silent, warn: say as DiagLogger["warn"] });
  onTestFinished(() => diag.disable());
  return lines;
}
const silent: DiagLogger = {
  error() {},
  warn() {},
  info() {},
  debug() {},
  verbose() {},
};

describe("the steps of an ending", () => {
  it("run one after another, and the report says how each went", async () => {
    const clock = manualClock();
    const order: string[] = [];
    const slow = async (): Promise<void> => {
      order.push("slow begins");
      await new Promise<void>((resolve) => clock.after(30, resolve));
      order.push("slow ends");
    };
    const sequence = new Sequence(clock, [
      { name: "slow", run: slow },
      { name: "quick", run: () => void order.push("quick") },
    ]);
    const whole = sequence.run({ timeoutMs: 100 });
    await clock.advance(30);
    expect(await whole).toEqual({
      steps: [
        { name: "slow", outcome: "done", durationMs: 30 },
        { name: "quick", outcome: "done", durationMs: 0 },
      ],
      durationMs: 30,
      complete: true,
    });
    expect(order).toEqual(["slow begins", "slow ends", "quick"]);
    expect(clock.pending).toBe(0);
  });

  it("run all the same after one that throws, rejects or hangs, each of which is said once", async () => {
    const lines = said();
    const clock = manualClock();
    let after = 0;
    const sequence = new Sequence(clock, [
      {
        name: "the thrower",
        run() {
          throw new Error("thrown");
        },
      },
      { name: "the rejecter", run: () => Promise.reject(new Error("rejected")) },
      { name: "the sleeper", run: forever },
      { name: "the skipped", run: () => void (after += 1) },
      { name: "the essential", run: () => void (after += 10), essential: true },
    ]);
    const whole = sequence.run({ timeoutMs: 100 });
    await clock.advance(100);
    const { steps, complete, durationMs } = await whole;
    expect(steps.map(({ outcome }) => outcome)).toEqual([
      ...["failed", "failed", "timed_out", "skipped", "done"],
    ]);
    expect(steps[2]?.error).toMatchObject({ code: "ERR_TASKMON_TIMEOUT" });
    expect({ complete, durationMs, after }).toEqual({
      complete: false,
      durationMs: 100,
      after: 10,
    });
    expect(lines).toEqual([
      "The shutdown continues: the thrower failed: thrown (docs/shutdown.md)",
      "The shutdown continues: the rejecter failed: rejected (docs/shutdown.md)",
      "The shutdown continues: the sleeper took too long (docs/shutdown.md)",
      "The shutdown continues: the skipped was skipped (docs/shutdown.md)",
    ]);
  });

  it("leave their share to the later ones, and get what the earlier ones did not use", async () => {
    const clock = manualClock();
    const cutAtMs: number[] = [];
    const hangs = (share: number): Step => ({
      name: `${share}`,
      share,
      run: (signal) => {
        signal.addEventListener("abort", () => cutAtMs.push(clock.now()));
        return forever();
      },
    });
    const sequence = new Sequence(clock, [hangs(0), hangs(0.5), hangs(0.25)]);
    void sequence.run({ timeoutMs: 1_000 });
    await clock.advance(1_000);
    expect(cutAtMs).toEqual([250, 750, 1_000]);

    const others = new Sequence(clock, [{ name: "quick", run() {} }, hangs(0.5), hangs(0.25)]);
    void others.run({ timeoutMs: 1_000 });
    await clock.advance(1_000);
    expect(cutAtMs.slice(3)).toEqual([1_750, 2_000]);
  });

  it("are begun once, however often they are asked for, and all get the same promise", async () => {
    let runs = 0;
    const sequence = new Sequence(manualClock(), [{ name: "one", run: () => void (runs += 1) }]);
    const first = sequence.run({ timeoutMs: 100 });
    expect(sequence.run({ timeoutMs: 5 })).toBe(first);
    await first;
    expect(sequence.run({ timeoutMs: 5, signal: AbortSignal.abort() })).toBe(first);
    expect(runs).toBe(1);
  });

  it("are hastened by a later call with a shorter time, and not slowed down by one with a longer", async () => {
    const clock = manualClock();
    const sequence = new Sequence(clock, [{ name: "hangs", run: forever }]);
    const whole = sequence.run({ timeoutMs: 1_000 });
    await clock.advance(100);
    void sequence.run({ timeoutMs: 50 });
    void sequence.run({ timeoutMs: 5_000 });
    await clock.advance(50);
    expect(await whole).toMatchObject({ durationMs: 150, steps: [{ outcome: "timed_out" }] });
  });

  it.each(["of the first call", "of a later call"])(
    "are called off by the signal %s",
    async (which) => {
      const clock = manualClock();
      const controller = new AbortController();
      const cut: unknown[] = [];
      const sequence = new Sequence(clock, [
        {
          name: "hangs",
          share: 0.5,
          run(signal) {
            signal.addEventListener("abort", () => cut.push(signal.reason));
            return forever();
          },
        },
        { name: "left out", run: () => void cut.push("never") },
        { name: "essential", share: 0.25, essential: true, run: forever },
      ]);
      const { signal } = controller;
      const whole = sequence.run({
        timeoutMs: 1_000,
        ...(which === "of the first call" && { signal }),
      });
      await clock.advance(10);
      void sequence.run({ timeoutMs: Infinity, signal });
      controller.abort("enough");
      await clock.advance(250);
      const { steps, durationMs } = await whole;
      expect(steps.map(({ outcome, durationMs: took }) => [outcome, took])).toEqual([
        ["aborted", 10],
        ["skipped", 0],
        ["timed_out", 250],
      ]);
      expect(durationMs).toBe(260);
      expect(cut).toEqual(["enough"]);
      expect(clock.pending).toBe(0);
    },
  );

  it("do what is essential alone where the signal was aborted before", async () => {
    const sequence = new Sequence(manualClock(), [
      { name: "left out", run: forever },
      { name: "essential", share: 0.1, essential: true, run() {} },
    ]);
    const { steps } = await sequence.run({ timeoutMs: 1_000, signal: AbortSignal.abort() });
    expect(steps.map(({ outcome }) => outcome)).toEqual(["skipped", "done"]);
  });

  it("let the essential one that is under way go on for its share when the rest is called off", async () => {
    const clock = manualClock();
    const controller = new AbortController();
    let aborted = false;
    const sequence = new Sequence(clock, [
      {
        name: "essential",
        share: 0.25,
        essential: true,
        run: (signal) => {
          signal.addEventListener("abort", () => (aborted = true));
          return new Promise((resolve) => clock.after(200, resolve));
        },
      },
    ]);
    const whole = sequence.run({ timeoutMs: 1_000, signal: controller.signal });
    controller.abort();
    await clock.advance(200);
    expect((await whole).steps).toMatchObject([{ outcome: "done", durationMs: 200 }]);
    expect(aborted).toBe(false);
  });

  it("give the essential one its share also where the loop was blocked over the deadline", async () => {
    const clock = manualClock();
    let jumped = 0;
    const late = { ...clock, now: () => clock.now() + jumped };
    const sequence = new Sequence(late, [
      { name: "blocks", run: () => void (jumped = 60_000) },
      { name: "left out", run: forever },
      {
        name: "essential",
        share: 0.25,
        essential: true,
        run: () => new Promise((resolve) => clock.after(200, resolve)),
      },
    ]);
    const whole = sequence.run({ timeoutMs: 1_000 });
    await clock.advance(200);
    expect((await whole).steps.map(({ outcome }) => outcome)).toEqual(["done", "skipped", "done"]);
  });

  it("leave no listener at the signal", async () => {
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners += 1;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners -= 1;
      remove(...args);
    };
    const sequence = new Sequence(manualClock(), [{ name: "one", run() {} }]);
    const whole = sequence.run({ timeoutMs: 1_000, signal });
    expect(listeners).toBe(1);
    await whole;
    expect(listeners).toBe(0);
    // When it is over there is nothing left to call off.
    await sequence.run({ timeoutMs: 1_000, signal });
    expect(listeners).toBe(0);
  });
});

/** Steps that take any time or hang, calls that hasten at any time. */
const stepArbitrary = fc.record({
  takesMs: fc.oneof(fc.integer({ min: 0, max: 400 }), fc.constant(Infinity)),
  fails: fc.boolean(),
  share: fc.constantFrom(0, 0.1, 0.2),
  essential: fc.boolean(),
});
const callArbitrary = fc.record({
  afterMs: fc.integer({ min: 0, max: 500 }),
  timeoutMs: fc.integer({ min: 1, max: 1_000 }),
  aborts: fc.boolean(),
});

it("never takes longer than the earliest deadline, never rejects, and begins all that is essential", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(stepArbitrary, { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 1, max: 1_000 }),
      fc.array(callArbitrary, { maxLength: 3 }),
      async (plans, timeoutMs, calls) => {
        const clock = manualClock();
        const begun = new Set<number>();
        const sequence = new Sequence(
          clock,
          plans.map(({ takesMs, fails, share, essential }, index) => ({
            name: `${index}`,
            share,
            essential,
            async run() {
              begun.add(index);
              if (takesMs === Infinity) await forever();
              if (takesMs > 0) await new Promise<void>((resolve) => clock.after(takesMs, resolve));
              if (fails) throw new Error("as told");
            },
          })),
        );
        const whole = sequence.run({ timeoutMs });
        let over = false;
        void whole.then(() => (over = true));
        let deadline = timeoutMs;
        let now = 0;
        for (const { afterMs, timeoutMs: shorter, aborts } of calls.toSorted(byTime)) {
          await clock.advance(afterMs - now);
          now = afterMs;
          const signal = aborts ? AbortSignal.abort() : undefined;
          if (!over) deadline = Math.min(deadline, now + shorter);
          void sequence.run({ timeoutMs: shorter, signal });
        }
        // Shares are no whole milliseconds.
        await clock.advance(Math.max(deadline - now, 0) + 1e-6);
        expect(over).toBe(true);
        const { steps, durationMs } = await whole;
        expect(durationMs).toBeLessThanOrEqual(deadline + 1e-6);
        const outcomes: StepOutcome[] = steps.map(({ outcome }) => outcome);
        expect(outcomes).toHaveLength(plans.length);
        plans.forEach(({ essential }, index) => {
          expect(begun.has(index)).toBe(outcomes[index] !== "skipped");
          if (essential) expect(outcomes[index]).not.toBe("skipped");
        });
        // The steps' own timers are gone then.
        await clock.advance(1_000);
        expect(clock.pending).toBe(0);
      },
    ),
    { numRuns: 200 },
  );
});

function byTime(a: { afterMs: number }, b: { afterMs: number }): number {
  return a.afterMs - b.afterMs;
}
