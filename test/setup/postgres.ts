import { execFileSync } from "node:child_process";
import { chownSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Client, Pool, type PoolConfig } from "pg";
import type { Program } from "./programs.ts";
import { startServer, type Server } from "./servers.ts";
import { programPath } from "./test-run.ts";

const folders = ["/usr/lib/postgresql/*/bin"];

/** What {@link startPostgres} and {@link startPgBouncer} need on the machine. */
export const postgresPrograms: readonly Program[] = [
  { name: "initdb", apt: "postgresql", folders },
  { name: "postgres", apt: "postgresql", folders },
  { name: "pgbouncer", apt: "pgbouncer" },
];

/** A server that speaks PostgreSQL's protocol. */
export interface PostgresServer extends Server {
  /** `postgres://…` */
  readonly url: string;
}

/** Neither server runs as root, where a test run does; this is Debian's `nobody`. */
const NOBODY = { uid: 65_534, gid: 65_534 };
const runAs = process.getuid?.() === 0 ? NOBODY : undefined;

/** Starts a real PostgreSQL with an empty database cluster. It stops with the test run at the latest. */
export async function startPostgres(
  settings: Readonly<Record<string, string>> = {},
): Promise<PostgresServer> {
  const server = await startServer({
    name: "postgres",
    program: programPath("postgres"),
    prepare: ({ folder }) => {
      own(folder);
      const data = join(folder, "data");
      const args = ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"];
      execFileSync(programPath("initdb"), args, { cwd: folder, stdio: "pipe", ...runAs });
    },
    args: ({ folder, port }) => [
      ...["-D", join(folder, "data"), "-p", String(port), "-c", "listen_addresses=127.0.0.1"],
      ...["-c", `unix_socket_directories=${folder}`, "-c", "max_connections=200"],
      ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
    ],
    ready: answers,
    // Ends its sessions, too.
    stopSignal: "SIGINT",
    ...(runAs && { runAs }),
  });
  return { ...server, url: urlOf(server) };
}

/** Starts a PgBouncer in front of a server, which gives each transaction another of 2 connections. */
export async function startPgBouncer(server: PostgresServer): Promise<PostgresServer> {
  const bouncer = await startServer({
    name: "pgbouncer",
    program: programPath("pgbouncer"),
    prepare: ({ folder, port }) => {
      own(folder);
      const lines = [
        "[databases]",
        `postgres = host=127.0.0.1 port=${server.port} user=postgres`,
        "[pgbouncer]",
        ...["listen_addr = 127.0.0.1", `listen_port = ${port}`, "unix_socket_dir ="],
        ...["auth_type = any", "pool_mode = transaction", "default_pool_size = 2"],
        "server_round_robin = 1",
      ];
      writeFileSync(join(folder, "pgbouncer.ini"), lines.join("\n"));
    },
    args: ({ folder }) => [join(folder, "pgbouncer.ini")],
    ready: answers,
    ...(runAs && { runAs }),
  });
  return { ...bouncer, url: urlOf(bouncer) };
}

/** A pool whose connections may break, as they do when a server stops, without ending the test run. */
export function openPool(config: PoolConfig): Pool {
  const ignore = (): void => undefined;
  const pool = new Pool(config).on("error", ignore);
  // A pool that has ended no longer listens to its connections, which close a little later.
  return pool.on("connect", (client) => client.on("error", ignore));
}

function urlOf({ port }: { readonly port: number }): string {
  return `postgres://postgres@127.0.0.1:${port}/postgres`;
}

function own(folder: string): void {
  mkdirSync(folder, { recursive: true });
  if (runAs !== undefined) chownSync(folder, runAs.uid, runAs.gid);
}

async function answers(place: { readonly port: number }): Promise<boolean> {
  const client = new Client({ connectionString: urlOf(place) });
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.query("SELECT 1");
    return true;
  } finally {
    await client.end();
  }
}
