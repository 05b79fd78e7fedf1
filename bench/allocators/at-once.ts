import { randomUUID } from "node:crypto";
import type { Pool } from "pg";
import { postgresAllocator } from "../../src/task/allocators/postgres.ts";
import { redisAllocator } from "../../src/task/allocators/redis.ts";
import { interleave } from "../harness/interleave.ts";
import { type GroupResult, judge } from "../harness/results.ts";
import { spreadOf, spreadOfPairs } from "../harness/spread.ts";
import { expectDense, granted, secondsOf } from "./beats.ts";
import type { Stores } from "./servers.ts";

const INSTANCES = 10_000;
/** The naive way takes about a second for each 25. */
const NAIVE_INSTANCES = 250;

interface Runner {
  readonly name: string;
  readonly instances: number;
  /** A function that numbers an instance, on an empty store. */
  open(): Promise<(instance: string) => Promise<number>>;
  readonly rates: number[];
}

/** Instances that ask for their first number all at once: grants per second, each number checked. */
export async function measureAtOnce(stores: Stores, rounds: number): Promise<GroupResult> {
  const { redis, ioredis, pool } = stores;
  const overRedis = (client: typeof redis | typeof ioredis) => async () => {
    const allocator = redisAllocator({ client, prefix: randomUUID() });
    return async (instance: string) => (await granted(allocator, instance)).num;
  };
  const runners: Runner[] = [
    { name: "Redis, redis", instances: INSTANCES, open: overRedis(redis), rates: [] },
    { name: "Redis, ioredis", instances: INSTANCES, open: overRedis(ioredis), rates: [] },
    {
      name: "PostgreSQL",
      instances: INSTANCES,
      async open() {
        const allocator = postgresAllocator({ pool, schema: `bench ${randomUUID()}` });
        return async (instance) => (await granted(allocator, instance)).num;
      },
      rates: [],
    },
    {
      name: "max plus one, retried",
      instances: NAIVE_INSTANCES,
      open: () => naive(pool),
      rates: [],
    },
  ];
  await interleave(runners, rounds, async (runner) => {
    const { instances, rates } = runner;
    const number = await runner.open();
    const names = Array.from({ length: instances }, (_, index) => `task-${index}`);
    let numbers: number[] = [];
    const seconds = await secondsOf(async () => {
      numbers = await Promise.all(names.map(number));
    });
    expectDense(numbers);
    rates.push(instances / seconds);
  });

  const baseline = runners.at(-1)!;
  return {
    name: "instances that ask for a number at once",
    note: [
      `${INSTANCES} at once in one process, numbered 0 to ${INSTANCES - 1} each time; PostgreSQL through 64 connections,`,
      `with a wait for the disk at each commit. The naive way: select max plus one, insert, again where`,
      `another was faster; over the same connections, ${NAIVE_INSTANCES} at once only.`,
    ].join("\n"),
    baseline: baseline.name,
    rounds,
    rows: runners.map((runner) => {
      const figures = {
        "grants/s": spreadOf(runner.rates),
        "times as many": spreadOfPairs(runner.rates, baseline.rates, (own, naive) => own / naive),
      };
      const goals = runner === baseline ? [] : [{ figure: "grants/s", atLeast: 1_000 }];
      return { contender: runner.name, figures, goals: judge(figures, goals) };
    }),
  };
}

/** What one finds in many places: the next number is one more than the highest. */
async function naive(pool: Pool): Promise<(instance: string) => Promise<number>> {
  const table = `naive_${randomUUID().replaceAll("-", "")}`;
  await pool.query(`CREATE TABLE ${table} (num integer PRIMARY KEY, instance text NOT NULL)`);
  const insert = `INSERT INTO ${table} SELECT coalesce(max(num) + 1, 0), $1 FROM ${table} RETURNING num`;
  return async (instance) => {
    for (;;) {
      try {
        const { rows } = await pool.query(insert, [instance]);
        return (rows as { num: number }[])[0]!.num;
      } catch (error) {
        const isTaken = (error as { code?: string }).code === "23505";
        if (!isTaken) throw error;
      }
    }
  };
}
