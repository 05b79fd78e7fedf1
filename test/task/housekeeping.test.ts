import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Assignment, TaskNumAllocator } from "../../src/task/allocator.ts";
import { memoryAllocator } from "../../src/task/allocators/memory.ts";
import { postgresAllocator } from "../../src/task/allocators/postgres.ts";
import { redisAllocator } from "../../src/task/allocators/redis.ts";
import { sqliteAllocator } from "../../src/task/allocators/sqlite.ts";
import { staticAllocator } from "../../src/task/allocators/static.ts";
import { assignTaskNumbers, LUCI_PROFILE } from "../../src/task/housekeeping.ts";
import { leasePolicy } from "../../src/task/policy.ts";
import { openPool, type PostgresServer, startPostgres } from "../setup/postgres.ts";
import { type RedisServer, startRedis } from "../setup/redis.ts";
import { beat, granted, TARGET } from "./allocators/beats.ts";

let redis: RedisServer;
let postgres: PostgresServer;
let lastStore = 0;
/** In order. */
const closings: (() => unknown)[] = [];

beforeAll(async () => {
  [redis, postgres] = await Promise.all([startRedis(), startPostgres({ fsync: "off" })]);
});

afterAll(async () => {
  for (const close of closings) await close();
  await Promise.all([redis.stop(), postgres.stop()]);
});

/** Long enough to be assigned a number in that time on a busy machine. */
const HOLD_MS = 800;
const untilRunOut = (holds = 1): Promise<void> => sleep(holds * HOLD_MS + 50);

/** Opens allocators on one new store. */
type Open = (assign: Assignment) => TaskNumAllocator;

const stores: Record<string, () => Open> = {
  memory() {
    // One memory is one store; the second cron calls the same allocator.
    const housekept = memoryAllocator({ assign: "housekeeping" });
    return () => housekept;
  },
  SQLite() {
    const folder = mkdtempSync(join(tmpdir(), "taskmon-test-"));
    closings.push(() => rmSync(folder, { recursive: true }));
    return (assign) => {
      const allocator = sqliteAllocator({ file: join(folder, "tasks.sqlite"), assign });
      closings.unshift(() => allocator.close());
      return allocator;
    };
  },
  Redis() {
    const prefix = `test-${++lastStore}`;
    return (assign) => {
      const client = new Redis(redis.url);
      closings.push(() => client.disconnect());
      return redisAllocator({ client, prefix, assign });
    };
  },
  PostgreSQL() {
    const schema = `test_${++lastStore}`;
    return (assign) => {
      const pool = openPool({ connectionString: postgres.url, max: 20 });
      closings.push(() => pool.end());
      return postgresAllocator({ pool, schema, assign });
    };
  },
};

describe.concurrent.each(Object.keys(stores))("with housekeeping, %s", (store) => {
  it("registers claims only, and gives the numbers in the order in which they came", async () => {
    const allocator = stores[store]!()("housekeeping");
    for (const instance of ["b", "a", "c"]) {
      expect(await beat(allocator, instance)).toEqual({ kind: "no_number" });
    }
    expect(await beat(allocator, "a")).toEqual({ kind: "no_number" });
    expect(await assignTaskNumbers(allocator)).toEqual({ freed: 0, assigned: 3, waiting: 0 });
    const numbers = [];
    for (const instance of ["b", "a", "c"]) {
      numbers.push((await granted(allocator, instance)).num);
    }
    expect(numbers).toEqual([0, 1, 2]);
    expect(await assignTaskNumbers(allocator)).toEqual({ freed: 0, assigned: 0, waiting: 0 });
  });

  it("frees what ran out, and gives those numbers first", async () => {
    const allocator = stores[store]!()("housekeeping");
    await beat(allocator, "dead", { holdMs: HOLD_MS });
    await beat(allocator, "a");
    await assignTaskNumbers(allocator, { target: TARGET });
    expect((await granted(allocator, "a")).num).toBe(1);
    await untilRunOut();
    await beat(allocator, "next");
    // Nobody but housekeeping takes a number away.
    expect((await allocator.list!(TARGET, { signal: new AbortController().signal })).length).toBe(
      2,
    );
    expect(await assignTaskNumbers(allocator)).toEqual({ freed: 1, assigned: 1, waiting: 0 });
    expect((await granted(allocator, "next")).num).toBe(0);
    expect(await beat(allocator, "dead")).toEqual({ kind: "no_number" });
  });

  it("does not free what was renewed since it ran out", async () => {
    const allocator = stores[store]!()("housekeeping");
    await beat(allocator, "a", { holdMs: HOLD_MS });
    await assignTaskNumbers(allocator);
    await untilRunOut();
    const held = await granted(allocator, "a");
    await beat(allocator, "next");
    expect(await assignTaskNumbers(allocator)).toEqual({ freed: 0, assigned: 1, waiting: 0 });
    expect(await granted(allocator, "a", { held })).toEqual(held);
    expect((await granted(allocator, "next")).num).toBe(1);
  });

  it("gives no number twice where two crons run at once, while instances go on asking", async () => {
    const open = stores[store]!();
    const [one, other] = [open("housekeeping"), open("housekeeping")];
    const instances = Array.from({ length: 120 }, (_, index) => `task-${index}`);
    await Promise.all(instances.slice(0, 60).map((instance) => beat(one, instance)));
    await Promise.all([
      ...[one, other, one, other].map((cron) => assignTaskNumbers(cron, { batchSize: 7 })),
      ...instances.map((instance) => beat(other, instance)),
    ]);
    await Promise.all([assignTaskNumbers(one), assignTaskNumbers(other)]);
    await assignTaskNumbers(one);
    const grants = await Promise.all(instances.map((instance) => granted(one, instance)));
    const numbers = grants.map(({ num }) => num).toSorted((a, b) => a - b);
    expect(numbers).toEqual([...Array(120).keys()]);
  });

  it("frees nothing that is pinged while it is being freed", async () => {
    const open = stores[store]!();
    const [cron, allocator] = [open("housekeeping"), open("housekeeping")];
    const instances = Array.from({ length: 30 }, (_, index) => `task-${index}`);
    const claim = (): Promise<unknown> =>
      Promise.all(instances.map((instance) => beat(allocator, instance, { holdMs: HOLD_MS * 6 })));
    // Twice: the first opens connections, which takes longer than the hold on a busy machine.
    await claim();
    await claim();
    await assignTaskNumbers(cron);
    await untilRunOut(6);
    const [, ...answers] = await Promise.all([
      assignTaskNumbers(cron),
      ...instances.map((instance) => beat(allocator, instance)),
    ]);
    // Before the round or after it, everyone comes back to its own number.
    expect(answers.map(({ kind }) => kind)).toEqual(Array(30).fill("granted"));
    await beat(allocator, "newcomer");
    await assignTaskNumbers(cron);
    expect((await granted(allocator, "newcomer")).num).toBe(30);
  });

  it.each([1, 501])("frees %i numbers that ran out in one go", async (count) => {
    const open = stores[store]!();
    const allocator = open("housekeeping");
    const beats = Array.from({ length: count }, (_, n) =>
      beat(allocator, `${n}`, { holdMs: HOLD_MS * 6 }),
    );
    await Promise.all(beats);
    expect((await assignTaskNumbers(allocator)).assigned).toBe(count);
    await untilRunOut(6);
    expect(await assignTaskNumbers(allocator)).toEqual({ freed: count, assigned: 0, waiting: 0 });
  });

  it("says that it is full, lets claims run out, and finds a second process with one id", async () => {
    const allocator = stores[store]!()("housekeeping");
    await beat(allocator, "a", { maxTasks: 1 });
    await assignTaskNumbers(allocator);
    expect(await beat(allocator, "b", { maxTasks: 1, holdMs: 50 })).toEqual({ kind: "full" });
    expect(await assignTaskNumbers(allocator)).toEqual({ freed: 0, assigned: 0, waiting: 0 });
    await sleep(80);
    // Its claim ran out before there was room.
    expect(await beat(allocator, "c", { seq: 1_000_000 })).toEqual({ kind: "no_number" });
    expect(await beat(allocator, "c", { seq: 1_000_000 })).toEqual({ kind: "collision" });
    expect((await assignTaskNumbers(allocator)).assigned).toBe(1);
    expect(await beat(allocator, "b", { maxTasks: 10 })).toEqual({ kind: "no_number" });
  });
});

it("serves claims from a store that is otherwise used in band", async () => {
  const open = stores["Redis"]!();
  await beat(open("housekeeping"), "a");
  expect((await granted(open("in-band"), "b")).num).toBe(0);
  expect(await assignTaskNumbers(open("in-band"))).toMatchObject({ assigned: 1 });
  expect((await granted(open("in-band"), "a")).num).toBe(1);
});

it("refuses an allocator without housekeeping, and options that it does not know", async () => {
  await expect(assignTaskNumbers(staticAllocator({ number: 0 }))).rejects.toMatchObject({
    code: "ERR_TASKMON_NO_HOUSEKEEPING",
  });
  for (const options of [{ batchSize: 0 }, { batchSize: 10_001 }, { limit: 5 }]) {
    await expect(assignTaskNumbers(memoryAllocator(), options as object)).rejects.toMatchObject({
      code: "ERR_TASKMON_INVALID_OPTION",
    });
  }
});

it("stops between batches with its signal", async () => {
  const allocator = stores["memory"]!()("housekeeping");
  await beat(allocator, "a");
  const signal = AbortSignal.abort(new Error("enough"));
  await expect(assignTaskNumbers(allocator, { signal })).rejects.toThrow("enough");
});

it("has a profile with the original's constants: silent for 30 minutes, every minute, 500", () => {
  const policy = leasePolicy(LUCI_PROFILE.lease);
  expect(policy.holdMs).toBe(30 * 60_000);
  expect(policy.heartbeatMs).toBe(60_000);
  expect(LUCI_PROFILE).toMatchObject({ cronMs: 60_000, batchSize: 500 });
});
