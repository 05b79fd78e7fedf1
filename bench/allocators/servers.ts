import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { Pool } from "pg";
import { createClient } from "redis";
import { ensurePrograms } from "../../test/setup/programs.ts";
import { postgresPrograms } from "../../test/setup/postgres.ts";
import { redisPrograms } from "../../test/setup/redis.ts";

/** A connected client of node-redis. */
export type NodeRedis = ReturnType<typeof createClient>;

/** Real servers, started for a run, with clients. */
export interface Stores extends AsyncDisposable {
  readonly redis: NodeRedis;
  readonly ioredis: Redis;
  /** 64 connections. PostgreSQL waits for its disk at each commit, as it does by default. */
  readonly pool: Pool;
}

/** Starts a Redis without persistence and a PostgreSQL with its default settings. */
export async function startStores(): Promise<Stores> {
  const programs = ensurePrograms([...redisPrograms, ...postgresPrograms]);
  const folder = mkdtempSync(join(tmpdir(), "taskmon-bench-"));
  chmodSync(folder, 0o711);
  const stops: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const each of stops.toReversed()) await each();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const redisPort = await freePort();
    const redisArgs = ["--port", String(redisPort), "--bind", "127.0.0.1"];
    const persistence = ["--save", "", "--appendonly", "no"];
    stops.push(await launch(programs["redis-server"]!, [...redisArgs, ...persistence], {}));

    // PostgreSQL refuses to run as root.
    const runAs = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
    const home = join(folder, "postgres");
    mkdirSync(home);
    if (runAs.uid !== undefined) chownSync(home, runAs.uid, runAs.gid);
    const data = join(home, "data");
    const initArgs = ["-D", data, "-U", "postgres", "-A", "trust"];
    execFileSync(programs["initdb"]!, initArgs, { cwd: home, stdio: "pipe", ...runAs });
    const port = await freePort();
    const args = ["-D", data, "-p", String(port), "-c", `unix_socket_directories=${home}`];
    stops.push(await launch(programs["postgres"]!, args, runAs, "SIGINT"));

    const url = `redis://127.0.0.1:${redisPort}`;
    const ignore = (): void => undefined;
    const redis = createClient({ url }).on("error", ignore);
    await untilUp(() => redis.connect());
    const ioredis = new Redis(url).on("error", ignore);
    const config = { host: "127.0.0.1", port, user: "postgres", database: "postgres", max: 64 };
    const pool = new Pool(config).on("error", ignore);
    pool.on("connect", (client) => client.on("error", ignore));
    await untilUp(() => pool.query("SELECT 1"));
    stops.push(async () => {
      redis.destroy();
      ioredis.disconnect();
      await pool.end();
    });
    return { redis: redis as NodeRedis, ioredis, pool, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function launch(
  program: string,
  args: readonly string[],
  runAs: { uid?: number; gid?: number },
  signal: NodeJS.Signals = "SIGTERM",
): Promise<() => Promise<void>> {
  const child = spawn(program, args, { stdio: "ignore", cwd: "/", ...runAs });
  await once(child, "spawn");
  // A run that fails or is interrupted leaves no server behind.
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  for (const end of ["SIGINT", "SIGTERM"] as const) process.once(end, () => process.exit(1));
  return async () => {
    process.off("exit", kill);
    if (child.exitCode !== null) return;
    child.kill(signal);
    await once(child, "exit");
  };
}

async function untilUp(attempt: () => Promise<unknown>): Promise<void> {
  for (let left = 100; ; left--) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (left === 0) throw error;
      await sleep(100);
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
