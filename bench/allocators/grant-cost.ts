import { randomUUID } from "node:crypto";
import type { TaskNumAllocator } from "../../src/task/allocator.ts";
import { postgresAllocator } from "../../src/task/allocators/postgres.ts";
import { redisAllocator } from "../../src/task/allocators/redis.ts";
import { interleave } from "../harness/interleave.ts";
import { type GroupResult, judge } from "../harness/results.ts";
import { spreadOf, spreadOfPairs } from "../harness/spread.ts";
import { granted, secondsOf } from "./beats.ts";
import type { Stores } from "./servers.ts";

const SIZES = [100, 1_000, 10_000, 100_000];
/** One after another, in each round. */
const GRANTS = 100;
/** From 100 to 100,000, the logarithm grows 2.5 times. */
const GOAL = { figure: "of that at 100", atMost: 2.5 };

interface Runner {
  readonly size: number;
  readonly allocator: TaskNumAllocator;
  readonly micros: number[];
  granted: number;
}

/** What one grant costs, by how many numbers are held already. */
export async function* measureGrantCost(
  stores: Stores,
  rounds: number,
): AsyncGenerator<GroupResult> {
  const { redis, pool } = stores;
  yield await measure("Redis", rounds, () =>
    redisAllocator({ client: redis, prefix: randomUUID() }),
  );
  yield await measure("PostgreSQL", rounds, () =>
    postgresAllocator({ pool, schema: `bench ${randomUUID()}` }),
  );
}

async function measure(
  store: string,
  rounds: number,
  open: () => TaskNumAllocator,
): Promise<GroupResult> {
  const runners: Runner[] = [];
  for (const size of SIZES) {
    const allocator = open();
    // One that comes back after a loss keeps the numbers below it for their owners.
    await granted(allocator, "last", { num: size - 1, epoch: 1 });
    runners.push({ size, allocator, micros: [], granted: 0 });
  }
  await interleave(runners, rounds + 1, async (runner) => {
    const seconds = await secondsOf(async () => {
      for (let index = 0; index < GRANTS; index++) {
        const { num } = await granted(runner.allocator, `new-${runner.granted}`);
        if (num !== runner.size + runner.granted) throw new Error(`Number ${num} is wrong`);
        runner.granted += 1;
      }
    });
    runner.micros.push((seconds / GRANTS) * 1e6);
  });
  // The first round also fills caches.
  for (const { micros } of runners) micros.shift();
  const [baseline] = runners;
  return {
    name: `a grant on ${store}, by how many numbers are held`,
    note: "One after another, a round trip included.",
    baseline: "100 held",
    rounds,
    rows: runners.map((runner) => {
      const figures = {
        "us/grant": spreadOf(runner.micros),
        "of that at 100": spreadOfPairs(runner.micros, baseline!.micros, (own, base) => own / base),
      };
      const goals = runner === baseline ? [] : [GOAL];
      const contender = `${runner.size.toLocaleString("en")} held`;
      return { contender, figures, goals: judge(figures, goals) };
    }),
  };
}
