import { cpSync, existsSync, mkdirSync, mkdtempSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { runCli } from "../../src/cli/run.ts";
import type { TaskNumAllocator } from "../../src/task/allocator.ts";
import { etcdAllocator } from "../../src/task/allocators/etcd.ts";
import { postgresAllocator } from "../../src/task/allocators/postgres.ts";
import { redisAllocator } from "../../src/task/allocators/redis.ts";
import { sqliteAllocator } from "../../src/task/allocators/sqlite.ts";
import { type EtcdServer, startEtcd } from "../setup/etcd.ts";
import { openPool, type PostgresServer, startPostgres } from "../setup/postgres.ts";
import { command, type RedisServer, startRedis } from "../setup/redis.ts";
import { run } from "../setup/run.ts";
import { freePort } from "../setup/servers.ts";
import { beat, granted, TARGET } from "../task/allocators/beats.ts";

const root = join(import.meta.dirname, "../..");
let redis: RedisServer;
let postgres: PostgresServer;
let etcd: EtcdServer;
const closings: (() => unknown)[] = [];
let folder: string;

beforeAll(async () => {
  [redis, postgres, etcd] = await Promise.all([startRedis(), startPostgres(), startEtcd()]);
});

afterAll(async () => {
  for (const close of closings) await close();
  await Promise.all([redis.stop(), postgres.stop(), etcd.stop()]);
});

beforeEach(() => {
  folder = mkdtempSync(join(inject("testRun").folder, "cli-"));
});

/** Runs the program in this process. */
async function cli(...args: string[]): Promise<{ code: number; out: string; error: string }> {
  const lines = { out: [] as string[], error: [] as string[] };
  const code = await runCli(args, {
    out: (text) => lines.out.push(text),
    error: (text) => lines.error.push(text),
  });
  return { code, out: lines.out.join("\n"), error: lines.error.join("\n") };
}

type Assign = "in-band" | "housekeeping";

const stores: Record<string, () => { args: string[]; open(assign: Assign): TaskNumAllocator }> = {
  SQLite() {
    const file = join(folder, "tasks.sqlite");
    const open = (assign: Assign) => {
      const allocator = sqliteAllocator({ file, assign });
      closings.unshift(() => allocator.close());
      return allocator;
    };
    return { args: [`sqlite:${file}`], open };
  },
  Redis() {
    const client = new Redis(redis.url);
    closings.push(() => client.disconnect());
    const open = (assign: Assign) => redisAllocator({ client, prefix: "cli", assign });
    return { args: [redis.url, "--prefix", "cli"], open };
  },
  PostgreSQL() {
    const pool = openPool({ connectionString: postgres.url });
    closings.push(() => pool.end());
    const open = (assign: Assign) => postgresAllocator({ pool, schema: "cli", assign });
    return { args: [postgres.url, "--schema", "cli"], open };
  },
  etcd() {
    const open = () => etcdAllocator({ endpoint: etcd.url, prefix: "/cli" });
    return { args: [etcd.url, "--prefix", "/cli"], open };
  },
};

describe.each(Object.keys(stores))("on %s", (name) => {
  it("lists who holds what, for people and for programs, and takes a number away", async () => {
    const { args, open } = stores[name]!();
    const allocator = open("in-band");
    const a = await granted(allocator, "instance-a");
    const b = await granted(allocator, "instance-b");
    const signal = AbortSignal.timeout(5_000);
    await allocator.release(TARGET, "instance-b", { ...b, quarantineMs: 60_000 }, { signal });

    const forPeople = await cli("tasks", ...args);
    expect(forPeople.error).toBe("");
    expect(forPeople.code).toBe(0);
    const [head, first, second, ...more] = forPeople.out.split("\n");
    expect(head).toMatch(
      /^SERVICE +JOB +REGION +HOST +NUMBER +STATE +INSTANCE +EPOCH +SINCE +UNTIL$/,
    );
    expect(first).toMatch(/^checkout +web +- +\S+ +0 +held +instance-a +\d+ +\S+ +\d{4}-\S+Z$/);
    expect(second).toMatch(/^checkout +web +- +\S+ +1 +resting +- +\d+ +\S+ +\d{4}-\S+Z$/);
    expect(more).toEqual([]);

    const forPrograms = await cli("tasks", ...args, "--json", "--job", "web");
    const [task] = JSON.parse(forPrograms.out) as { until: string; since: string | null }[];
    expect(task).toMatchObject({
      ...{ service: "checkout", job: "web", region: "", number: 0, state: "held" },
      ...{ instance: "instance-a", epoch: a.epoch },
    });
    const heldForMs = Date.parse(task!.until) - Date.now();
    expect(Math.abs(heldForMs - 600_000)).toBeLessThan(10_000);
    if (task!.since !== null) {
      expect(Math.abs(Date.parse(task!.since) - Date.now())).toBeLessThan(20_000);
    }
    expect((await cli("tasks", ...args, "--service", "billing")).out).toBe(
      "No task numbers are held.",
    );

    expect(await cli("release", ...args, "--number", "1")).toMatchObject({
      code: 1,
      error: "taskmon release: nobody holds task number 1",
    });
    const taken = await cli("release", ...args, "--number", "0", "--now");
    expect(taken.error).toBe("");
    expect(taken.out).toMatch(/^Took task number 0 of checkout web.* from instance-a; .* now$/);
    expect(await beat(allocator, "instance-a", { held: a })).toEqual({ kind: "lost" });
    expect((await granted(allocator, "instance-c")).num).toBe(0);
    // Without --now, the number rests as long as its owner could have relied on it.
    const { out } = await cli("release", ...args, "--number", "0", "--json");
    expect((JSON.parse(out) as { quarantineMs: number }).quarantineMs).toBeGreaterThan(500_000);
    expect((await granted(allocator, "instance-d")).num).toBe(2);
  });
});

it.each(["SQLite", "Redis", "PostgreSQL"])("housekeeps on %s", async (name) => {
  const { args, open } = stores[name]!();
  const allocator = open("housekeeping");
  for (const { instanceId, held } of await instancesOf(allocator)) {
    await allocator.release(
      TARGET,
      instanceId,
      { ...held, quarantineMs: 0 },
      {
        signal: AbortSignal.timeout(5_000),
      },
    );
  }
  await beat(allocator, "waiting");
  const { out, code } = await cli("housekeep", ...args);
  expect(code).toBe(0);
  expect(out).toBe("Freed 0, assigned 1, still waiting 0");
  expect(await beat(allocator, "waiting")).toMatchObject({ kind: "granted" });
  const forPrograms = await cli(
    "housekeep",
    ...args,
    "--json",
    "--service",
    "checkout",
    "--job",
    "web",
    "--host",
    "host-a",
  );
  expect(JSON.parse(forPrograms.out)).toEqual({ freed: 0, assigned: 0, waiting: 0 });
});

it("asks which target is meant where several have the number", async () => {
  const { args, open } = stores["SQLite"]!();
  const allocator = open("in-band");
  await granted(allocator, "a");
  const other = { ...TARGET, jobName: "worker" };
  const heartbeat = { seq: 1, holdMs: 60_000, leaseMs: 1, maxTasks: 9 };
  const signal = AbortSignal.timeout(5_000);
  await allocator.notifyTaskIsAlive(other, "b", heartbeat, { signal });
  const { code, error } = await cli("release", ...args, "--number", "0");
  expect(code).toBe(2);
  expect(error).toContain("choose one: checkout web host-a; checkout worker host-a");
  expect((await cli("release", ...args, "--number", "0", "--job", "worker")).code).toBe(0);
});

describe("where it cannot do what it is asked", () => {
  it.each<[string, number, string[]]>([
    ["there is no file", 1, ["tasks", "sqlite:/nowhere/tasks.sqlite"]],
    ["mysql://x is no store", 2, ["tasks", "mysql://x"]],
    ["postgresql is no store", 2, ["tasks", "postgresql"]],
    ["mysql://me:…@x is no store", 2, ["tasks", "mysql://me:secret@x"]],
    ["--schema does not go with redis://x", 2, ["tasks", "redis://x", "--schema", "s"]],
    ["--prefix does not go with sqlite:x", 2, ["tasks", "sqlite:x", "--prefix", "p"]],
    ["--number N is missing", 2, ["release", "redis://x"]],
    ["--number expects a task number, got one", 2, ["release", "redis://x", "--number", "one"]],
    ["--service is missing", 2, ["housekeep", "redis://x", "--job", "web"]],
    ["has no housekeeping", 1, ["housekeep", "http://127.0.0.1:1"]],
  ])("says %j and ends with %i", async (text, code, args) => {
    const ended = await cli(...args);
    expect(ended.error).toContain(text);
    expect(ended.code).toBe(code);
    expect(ended.out).toBe("");
  });

  it.each(["redis", "postgres", "http"])(
    "says in one line that %s cannot be reached",
    async (scheme) => {
      const { code, error } = await cli("tasks", `${scheme}://127.0.0.1:${await freePort()}`);
      expect(code).toBe(1);
      expect(error).toMatch(/^taskmon tasks: .+$/);
      expect(error).toMatch(/ECONNREFUSED|fetch failed|cannot be used/);
    },
  );

  it("creates nothing in a store that it only lists", async () => {
    const url = postgres.url;
    expect((await cli("tasks", url, "--schema", "absent")).out).toBe("No task numbers are held.");
    expect((await cli("housekeep", url, "--schema", "absent")).code).toBe(0);
    const pool = openPool({ connectionString: url });
    const { rows } = await pool.query("SELECT to_regnamespace('absent') AS schema");
    await pool.end();
    expect(rows).toEqual([{ schema: null }]);
    await command(redis.port, "SELECT 5");
    expect((await cli("tasks", `${redis.url}/5`, "--prefix", "absent")).code).toBe(0);
    expect(existsSync(join(folder, "absent.sqlite"))).toBe(false);
  });

  it("names the package that is missing", async () => {
    cpSync(join(root, "src"), join(folder, "src"), { recursive: true });
    mkdirSync(join(folder, "node_modules"));
    symlinkSync(
      join(root, "node_modules/@opentelemetry"),
      join(folder, "node_modules/@opentelemetry"),
    );
    const main = join(folder, "src/cli/main.ts");
    for (const [url, packages] of [
      ["redis://127.0.0.1", "redis or ioredis"],
      ["postgres://127.0.0.1", "pg"],
    ] as const) {
      const ended = await run(process.execPath, [main, "tasks", url], { cwd: folder });
      expect(ended.code).toBe(1);
      expect(ended.stderr).toContain(`this takes the package ${packages}, which is not installed`);
    }
    // It is looked for in the project from which the program is called.
    symlinkSync(join(root, "node_modules/ioredis"), join(folder, "node_modules/ioredis"));
    const ended = await run(process.execPath, [main, "tasks", redis.url], { cwd: folder });
    expect(ended).toMatchObject({ code: 0, stderr: "" });
  });
});

async function instancesOf(allocator: TaskNumAllocator) {
  const signal = AbortSignal.timeout(5_000);
  const listings = (await allocator.list!(undefined, { signal })) ?? [];
  return listings.flatMap(({ instance, num, epoch }) =>
    instance === undefined ? [] : [{ instanceId: instance, held: { num, epoch } }],
  );
}
