import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, globSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { expect, it, onTestFinished } from "vitest";
import { Health, postgresCheck } from "../../src/health/index.ts";
import { type Server, startServer } from "../setup/servers.ts";

/** Where Debian keeps PostgreSQL's programs; the newest last. */
const bin = globSync("/usr/lib/postgresql/*/bin").toSorted().at(-1);

/** A user for PostgreSQL, which refuses to run as root. */
function user(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string): number =>
    Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}

function startPostgres(): Promise<Server> {
  const runAs = user();
  return startServer({
    name: "postgres",
    program: join(bin!, "postgres"),
    ...(runAs && { runAs }),
    stopSignal: "SIGINT",
    prepare: ({ folder }) => {
      const data = join(folder, "data");
      mkdirSync(data);
      // The run's folder, too, must let that user pass.
      chmodSync(join(folder, ".."), 0o755);
      for (const path of [folder, data]) if (runAs) chownSync(path, runAs.uid, runAs.gid);
      execFileSync(
        join(bin!, "initdb"),
        ["-D", data, "-U", "postgres", "-A", "trust", "--no-sync"],
        { ...runAs, cwd: folder },
      );
    },
    args: ({ folder, port }) => [
      "-D",
      join(folder, "data"),
      "-p",
      String(port),
      "-h",
      "127.0.0.1",
      "-k",
      folder,
      "-F",
    ],
    ready: async ({ port }) => {
      const client = new pg.Client(connection(port));
      client.on("error", () => undefined);
      await client.connect();
      await client.end();
      return true;
    },
  });
}

function connection(port: number): pg.ClientConfig {
  return { host: "127.0.0.1", port, user: "postgres", database: "postgres" };
}

it.skipIf(bin === undefined || !existsSync(bin))(
  "sees PostgreSQL stopped, slowed and back",
  async () => {
    await using server = await startPostgres();
    const pool = new pg.Pool({ ...connection(server.port), max: 1, connectionTimeoutMillis: 500 });
    pool.on("error", () => undefined);
    onTestFinished(() => pool.end());
    const health = new Health();
    onTestFinished(() => health.shutdown());
    health.register("db", postgresCheck(pool), { jitter: 0, intervalMs: 50, timeoutMs: 300 });
    const state = async (expected: string): Promise<void> => {
      await expect.poll(() => health.result("db").state, { timeout: 20_000 }).toBe(expected);
    };
    await state("pass");

    // A backend that stands still holds the query. There is one only, so that none is left out.
    const { rows } = await pool.query<{ pid: number }>(
      "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'",
    );
    for (const { pid } of rows) process.kill(pid, "SIGSTOP");
    await state("fail");
    expect(health.result("db").error).toMatchObject({ code: "ERR_TASKMON_HEALTH_CHECK_TIMEOUT" });
    expect(pool.totalCount).toBe(1);
    for (const { pid } of rows) process.kill(pid, "SIGCONT");
    await state("pass");

    await server.stop();
    await state("fail");
  },
  90_000,
);
