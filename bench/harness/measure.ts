import { bytesPerOperation } from "./bytes.ts";
import type { Contender, Group } from "./contender.ts";
import { interleave } from "./interleave.ts";
import type { RoundOptions } from "./options.ts";
import { type GroupResult, judge } from "./results.ts";
import { type Spread, spreadOf, spreadOfPairs } from "./spread.ts";

// mitata measures one contender to its end before the next; here that would compare one moment of a
// shared machine with another. So the rounds, the calibration and the ratios are our own.

/** Rounds before the measured ones, in which V8 optimises what it will. */
const WARM_UP_ROUNDS = 20;

/** Whatever has done as much within a turn has been optimised away. */
const MAX_OPERATIONS = 2 ** 30;

const NANOSECONDS = { ns: 1, ms: 1e6 };

/** A contender at work. */
interface Runner {
  readonly contender: Contender;
  /** Operations in one turn. */
  operations: number;
  /** All operations so far. */
  done: number;
  /** Nanoseconds per operation, by round. */
  readonly times: number[];
  /** What else was seen, by figure and round. */
  readonly seen: Map<string, number[]>;
}

/** Measures the contenders of a group beside each other. */
export async function measure(group: Group, options: RoundOptions): Promise<GroupResult> {
  const { rounds, roundMs } = options;
  const runners = group.contenders.map((contender): Runner => ({
    contender,
    operations: group.operations ?? 1,
    done: 0,
    times: [],
    seen: new Map(),
  }));
  const calibrateAll = async (): Promise<void> => {
    if (group.operations !== undefined) return;
    for (const runner of runners) await calibrate(runner, roundMs);
  };
  await calibrateAll();
  await interleave(runners, Math.min(WARM_UP_ROUNDS, rounds), async (runner) => {
    await timed(runner);
  });
  await calibrateAll();
  await interleave(runners, rounds, async (runner) => {
    runner.times.push((await timed(runner)) / runner.operations);
    for (const [name, value] of Object.entries(runner.contender.seen?.() ?? {})) {
      runner.seen.set(name, [...(runner.seen.get(name) ?? []), value]);
    }
  });

  const baseline = runners.find(({ contender }) => contender.name === group.baseline)!;
  const { unit = "ns" } = group;
  const rows = runners.map((runner) => {
    const figures: Record<string, Spread> = {
      [`${unit}/op`]: spreadOf(runner.times.map((time) => time / NANOSECONDS[unit])),
      "times faster": spreadOfPairs(baseline.times, runner.times, (base, own) => base / own),
    };
    for (const [name, values] of runner.seen) figures[name] = spreadOf(values);
    if (group.bytes) figures["B/op"] = bytesOf(runner, rounds);
    const { name, goals } = runner.contender;
    return { contender: name, figures, goals: judge(figures, goals) };
  });
  for (const runner of runners) await checkTrace(runner);
  const { name, note } = group;
  return { name, ...(note !== undefined && { note }), baseline: group.baseline, rounds, rows };
}

/** Finds how many operations fill a turn. */
async function calibrate(runner: Runner, roundMs: number): Promise<void> {
  const enough = roundMs * 1e6;
  runner.operations = 1;
  for (;;) {
    const nanoseconds = await timed(runner);
    if (nanoseconds >= enough / 2) {
      runner.operations = Math.max(1, Math.round((runner.operations * enough) / nanoseconds));
      return;
    }
    runner.operations *= 2;
    if (runner.operations > MAX_OPERATIONS) {
      throw new Error(`${runner.contender.name} takes no time, so there is nothing to measure`);
    }
  }
}

/** Takes one turn; in nanoseconds. */
async function timed(runner: Runner): Promise<number> {
  const { contender, operations } = runner;
  contender.before?.();
  const startedAt = process.hrtime.bigint();
  const pending = contender.run(operations);
  // No turn of the event loop is measured where there is nothing to wait for.
  if (pending !== undefined) await pending;
  const nanoseconds = Number(process.hrtime.bigint() - startedAt);
  runner.done += operations;
  return nanoseconds;
}

function bytesOf(runner: Runner, rounds: number): Spread {
  return bytesPerOperation((count) => {
    runner.done += count;
    void runner.contender.run(count);
  }, rounds);
}

/** A contender that drops its measurements would be fast, and prove nothing. */
async function checkTrace({ contender, done }: Runner): Promise<void> {
  const counted = await contender.counted?.();
  if (counted === undefined || counted === done) return;
  throw new Error(`${contender.name} was to count ${done} operations, and counted ${counted}`);
}
