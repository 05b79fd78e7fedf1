import { randomUUID } from "node:crypto";
import type { TaskNumAllocator } from "../../src/task/allocator.ts";
import { postgresAllocator } from "../../src/task/allocators/postgres.ts";
import { redisAllocator } from "../../src/task/allocators/redis.ts";
import { interleave } from "../harness/interleave.ts";
import { type GroupResult, judge } from "../harness/results.ts";
import { spreadOf, spreadOfPairs } from "../harness/spread.ts";
import { granted, secondsOf } from "./beats.ts";
import type { Stores } from "./servers.ts";

/** Tasks that hold a number, each with one heartbeat a round. */
const TASKS = 2_000;
/** Under way at once. */
const AT_ONCE = 64;

interface Runner {
  readonly name: string;
  /** The runner of a bare round trip to the same store. */
  readonly bare: string;
  readonly once: (index: number) => Promise<unknown>;
  readonly rates: number[];
}

/** Heartbeats per second, beside bare round trips over the same connections. */
export async function measureHeartbeats(stores: Stores, rounds: number): Promise<GroupResult> {
  const { redis, ioredis, pool } = stores;
  const prefix = randomUUID();
  const name = (store: string): string => `a bare round trip to ${store}`;
  const runners: Runner[] = [
    await beating("Redis, redis", name("Redis"), redisAllocator({ client: redis, prefix })),
    await beating(
      "Redis, ioredis",
      name("Redis"),
      redisAllocator({ client: ioredis, prefix: `${prefix}i` }),
    ),
    { name: name("Redis"), bare: name("Redis"), once: () => redis.ping(), rates: [] },
    await beating(
      "PostgreSQL",
      name("PostgreSQL"),
      postgresAllocator({ pool, schema: `bench ${prefix}` }),
    ),
    {
      name: name("PostgreSQL"),
      bare: name("PostgreSQL"),
      once: () => pool.query("SELECT 1"),
      rates: [],
    },
  ];
  await interleave(runners, rounds, async ({ once, rates }) => {
    let next = 0;
    const worker = async (): Promise<void> => {
      for (let index = next++; index < TASKS; index = next++) await once(index);
    };
    const seconds = await secondsOf(() => Promise.all(Array.from({ length: AT_ONCE }, worker)));
    rates.push(TASKS / seconds);
  });

  return {
    name: "heartbeats",
    note: [
      `${TASKS} tasks that hold a number, ${AT_ONCE} heartbeats at once, one round trip each. A heartbeat writes; on`,
      `PostgreSQL it also waits for the disk, which a bare round trip does not.`,
    ].join("\n"),
    baseline: "a bare round trip to the same store",
    rounds,
    rows: runners.map((runner) => {
      const bare = runners.find((other) => other.name === runner.bare)!;
      const figures = {
        "per second": spreadOf(runner.rates),
        "of bare": spreadOfPairs(runner.rates, bare.rates, (own, other) => own / other),
      };
      return { contender: runner.name, figures, goals: judge(figures) };
    }),
  };
}

async function beating(name: string, bare: string, allocator: TaskNumAllocator): Promise<Runner> {
  const instances = Array.from({ length: TASKS }, (_, index) => `task-${index}`);
  const grants = await Promise.all(instances.map((instance) => granted(allocator, instance)));
  const once = (index: number): Promise<unknown> =>
    granted(allocator, instances[index]!, grants[index]);
  return { name, bare, once, rates: [] };
}
