import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { Client, Pool, type PoolConfig } from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import {
  type PostgresAllocator,
  postgresAllocator,
} from "../../../../src/task/allocators/postgres.ts";
import { migrate, SCHEMA_VERSION } from "../../../../src/task/allocators/postgres/schema.ts";
import {
  openPool,
  type PostgresServer,
  startPgBouncer,
  startPostgres,
} from "../../../setup/postgres.ts";
import { run } from "../../../setup/run.ts";
import { startTcpProxy, type TcpProxy } from "../../../setup/tcp-proxy.ts";
import { beat, granted, grantedAtLast, numbersOf } from "../beats.ts";

let server: PostgresServer;
let proxy: TcpProxy;
/** For the tests' own statements. */
let admin: Pool;

beforeAll(async () => {
  server = await startPostgres();
  admin = openPool({ connectionString: server.url, max: 2 });
});

beforeEach(async () => {
  await admin.query("DROP SCHEMA IF EXISTS taskmon CASCADE");
  proxy = await startTcpProxy(server.port);
  return () => proxy.stop();
});

afterAll(async () => {
  await admin.end();
  await server.stop();
});

it("keeps a number over a cut connection", async () => {
  const allocator = open(proxy.port);
  const held = await granted(allocator, "a");
  proxy.cut();
  await expect(beat(allocator, "a", { held })).rejects.toMatchObject({
    code: "ERR_TASKMON_STORE_UNAVAILABLE",
  });
  proxy.heal();
  expect(await granted(allocator, "a", { held })).toEqual(held);
});

it("does not end the program where the server ends a connection as it becomes ready", async () => {
  const program = fileURLToPath(new URL("dying-server.ts", import.meta.url));
  const { code, stdout, stderr } = await run(
    process.execPath,
    ["--conditions=@taskmon/source", "--experimental-strip-types", program],
    { cwd: dirname(program) },
  );
  expect(stderr).not.toContain("Unhandled");
  expect(stdout).toBe("ERR_TASKMON_STORE_UNAVAILABLE\n".repeat(2));
  expect(code).toBe(0);
});

it("gives the same number again where the answer was cut off", async () => {
  const allocator = open(proxy.port);
  await granted(allocator, "a");
  for (const instance of ["a", "b"]) {
    const cut = proxy.cutAtNextAnswer();
    // The pool's idle connection may be the one that is cut; then the beat meets the next.
    await Promise.all([beat(allocator, instance).catch(() => undefined), cut]);
  }
  expect((await granted(allocator, "b")).num).toBe(1);
  expect((await granted(allocator, "a")).num).toBe(0);
  expect((await granted(allocator, "c")).num).toBe(2);
});

it("ends calls with their signals while answers are late, and keeps no connection of the pool", async () => {
  const allocator = open(proxy.port, { max: 2 });
  const held = await granted(allocator, "a");
  proxy.delayMs = 60_000;
  const startedAt = performance.now();
  // More than the pool has connections: those in line give up too.
  const calls = ["a", "b", "c", "d"].map((instance) =>
    beat(allocator, instance, {}, AbortSignal.timeout(300)),
  );
  const outcomes = await Promise.allSettled(calls);
  expect(outcomes.map(({ status }) => status)).toEqual(Array(4).fill("rejected"));
  expect(performance.now() - startedAt).toBeLessThan(5_000);
  proxy.delayMs = 0;
  expect(await grantedAtLast(allocator, "a", { held })).toEqual(held);
});

it("keeps numbers while the server is paused, and while it is started anew", async () => {
  const own = await startPostgres();
  onTestFinished(() => own.stop());
  const allocator = open(own.port);
  const held = await granted(allocator, "a");
  process.kill(own.pid, "SIGSTOP");
  // A paused postmaster accepts no connection; its sessions go on.
  const late = open(own.port);
  await expect(beat(late, "a", { held }, AbortSignal.timeout(300))).rejects.toThrow("timeout");
  process.kill(own.pid, "SIGCONT");
  expect(await grantedAtLast(allocator, "a", { held })).toEqual(held);

  const client = new Client({ connectionString: own.url });
  client.on("error", () => undefined);
  await client.connect();
  // As an administrator would end all sessions.
  await client
    .query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend'",
    )
    .catch(() => undefined);
  expect(await grantedAtLast(allocator, "a", { held })).toEqual(held);
});

it("goes on in a database that was emptied", async () => {
  const allocator = open(server.port);
  const held = await granted(allocator, "a");
  await admin.query("DROP SCHEMA taskmon CASCADE");
  const again = await granted(allocator, "a", { held });
  expect(again.num).toBe(held.num);
  expect(again.epoch).toBeGreaterThan(held.epoch);
});

it("waits for no lock longer than a heartbeat, and renews where another's row is locked", async () => {
  const allocator = open(server.port);
  const [a, b] = [await granted(allocator, "a"), await granted(allocator, "b")];
  const locking = await admin.connect();
  try {
    await locking.query("BEGIN");
    await locking.query("SELECT FROM taskmon.task WHERE num = 0 FOR UPDATE");
    expect(await granted(allocator, "b", { held: b })).toEqual(b);
    expect((await granted(allocator, "c")).num).toBe(2);
    await expect(beat(allocator, "a", { held: a })).rejects.toThrow("lock timeout");
  } finally {
    await locking.query("ROLLBACK");
    locking.release();
  }
  expect(await granted(allocator, "a", { held: a })).toEqual(a);
});

it("numbers 500 instances that ask at once in a new database 0 to 499, also through a pooler", async () => {
  const bouncer = await startPgBouncer(server);
  onTestFinished(() => bouncer.stop());
  const allocators = [open(server.port, { max: 20 }), open(server.port), open(bouncer.port)];
  expect(await numbersOf(allocators, 500)).toEqual([...Array(500).keys()]);
});

it("numbers instances that ask at once from the lowest number whose hold ran out", async () => {
  const allocators = [open(server.port, { max: 20 }), open(server.port, { max: 20 })];
  await Promise.all(
    Array.from({ length: 200 }, (_, index) => granted(allocators[0]!, `dead-${index}`)),
  );
  await admin.query("UPDATE taskmon.task SET until = now() - interval '1 second'");
  expect(await numbersOf(allocators, 200)).toEqual([...Array(200).keys()]);
});

describe("the schema", () => {
  it("is created once, by many processes at the same moment", async () => {
    const allocators = Array.from({ length: 8 }, () => open(server.port, { max: 2 }));
    expect(await numbersOf(allocators, 8)).toEqual([...Array(8).keys()]);
  });

  it("is brought up to date from every earlier version, and keeps its numbers", async () => {
    for (let version = 1; version < SCHEMA_VERSION; version++) {
      await admin.query("DROP SCHEMA IF EXISTS taskmon CASCADE");
      const client = await admin.connect();
      await migrate(client, "taskmon", version);
      client.release();
      await admin.query("INSERT INTO taskmon.target (key) VALUES ('checkout|web|')");
      await admin.query(`INSERT INTO taskmon.task VALUES (1, 0, 'a', 7, 1, now() + interval '1h')`);
      const allocator = open(server.port);
      expect(await granted(allocator, "a", { held: { num: 0, epoch: 7 } })).toEqual({
        num: 0,
        epoch: 7,
      });
      expect((await granted(allocator, "b")).num).toBe(1);
      const { rows } = await admin.query("SELECT version FROM taskmon.meta");
      expect(rows).toEqual([{ version: SCHEMA_VERSION }]);
    }
  });

  it("of a newer version is used as long as it keeps this version's functions, and refused then", async () => {
    const allocator = open(server.port);
    const held = await granted(allocator, "a");
    await admin.query("ALTER TABLE taskmon.task ADD COLUMN zone text");
    await admin.query(`UPDATE taskmon.meta SET version = ${SCHEMA_VERSION + 1}`);
    expect(await granted(allocator, "a", { held })).toEqual(held);
    expect((await granted(allocator, "b")).num).toBe(1);
    await admin.query("DROP FUNCTION taskmon.heartbeat_v3");
    await expect(beat(allocator, "a", { held })).rejects.toMatchObject({
      code: "ERR_TASKMON_STORE_NEWER",
      found: SCHEMA_VERSION + 1,
      known: SCHEMA_VERSION,
    });
    const { rows } = await admin.query("SELECT version FROM taskmon.meta");
    expect(rows).toEqual([{ version: SCHEMA_VERSION + 1 }]);
  });

  it.each([
    "CREATE TABLE taskmon.orders (id integer)",
    "CREATE TABLE taskmon.meta (id integer)",
    "CREATE TABLE taskmon.meta AS SELECT 'x' AS product, 1 AS version",
  ])("of another program is refused, and left as it is: %s", async (statement) => {
    await admin.query("CREATE SCHEMA taskmon");
    await admin.query(statement);
    await expect(beat(open(server.port), "a")).rejects.toMatchObject({
      code: "ERR_TASKMON_STORE_NOT_OURS",
      store: "PostgreSQL schema taskmon",
    });
    const tables = "SELECT count(*)::int FROM pg_tables WHERE schemaname = 'taskmon'";
    expect((await admin.query(tables)).rows).toEqual([{ count: 1 }]);
  });

  it("that somebody else made empty is used by a role that may not create one", async () => {
    await admin.query("DROP ROLE IF EXISTS app");
    await admin.query("CREATE ROLE app LOGIN");
    const allocator = open(server.port, { user: "app" });
    await expect(beat(allocator, "a")).rejects.toThrow("permission denied");
    await admin.query("CREATE SCHEMA taskmon AUTHORIZATION app");
    expect((await granted(allocator, "a")).num).toBe(0);
  });
});

it("finds each thing by an index, however many numbers are held", async () => {
  const allocator = open(server.port, { max: 1 });
  await granted(allocator, "a");
  await admin.query(
    `INSERT INTO taskmon.task SELECT 1, n, 'held-' || n, 1, 1, now() + interval '1h'
     FROM generate_series(32, 20000) n`,
  );
  const buffers = async () => {
    const { rows } = await admin.query(
      `SELECT coalesce(sum(heap_blks_hit + heap_blks_read), 0)::int AS blocks
       FROM pg_statio_user_tables WHERE relname = 'task'`,
    );
    return (rows as { blocks: number }[])[0]!.blocks;
  };
  const flush = () => admin.query("SELECT pg_stat_force_next_flush()");
  await admin.query("SELECT pg_stat_clear_snapshot()");
  for (let index = 0; index < 20; index++) await granted(allocator, `new-${index}`);
  await flush();
  const before = await buffers();
  for (let index = 20; index < 30; index++) await granted(allocator, `new-${index}`);
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  await granted(allocator, "last");
  // A scan of the table reads more than 200 blocks for each of the eleven.
  expect((await buffers()) - before).toBeLessThan(1_000);
});

function open(port: number, config: PoolConfig = {}): PostgresAllocator {
  const user = config.user ?? "postgres";
  const pool = new Pool({ host: "127.0.0.1", port, user, database: "postgres", ...config });
  pool.on("error", () => undefined);
  onTestFinished(() => void pool.end().catch(() => undefined));
  return postgresAllocator({ pool });
}
