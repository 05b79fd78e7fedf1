import { existsSync } from "node:fs";
import type { Environment } from "../shared/environment.ts";
import { loadPeer } from "../shared/peers.ts";
import type { TaskNumAllocator } from "../task/allocator.ts";
import { etcdAllocator } from "../task/allocators/etcd.ts";
import { type PgPool, postgresAllocator } from "../task/allocators/postgres.ts";
import { type RedisClient, redisAllocator } from "../task/allocators/redis.ts";
import { SqliteAllocator } from "../task/allocators/sqlite/allocator.ts";
import { CallingThread } from "../task/allocators/sqlite/calling-thread.ts";
import { perTarget } from "../task/allocators/sqlite/per-target.ts";
import { systemStoreClock } from "../task/allocators/sqlite/store-clock.ts";
import { sqliteAllocator } from "../task/allocators/sqlite.ts";
import { etcdOptions, sqlitePath, storeKind } from "../task/allocators/store-url.ts";
import type { CommandOption } from "./command.ts";
import { UsageError } from "./usage-error.ts";

/** The options that name a store. */
export const STORE_USAGE = "STORE-URL";

/** For the help of a command on a store. */
export const STORE_HELP: string = [
  "STORE-URL is one of",
  "  sqlite:PATH                              a file",
  "  redis://HOST, rediss://HOST              through redis or ioredis, installed in this project",
  "  postgres://USER:PASSWORD@HOST/DATABASE   through pg, installed in this project",
  "  http://HOST:2379, https://HOST:2379      etcd, with USER:PASSWORD@ if it has users",
].join("\n");

/** Further options of the store. */
export const storeOptions: Readonly<Record<string, CommandOption>> = {
  prefix: { value: "TEXT", help: "The prefix of the keys in Redis or etcd" },
  schema: { value: "NAME", help: "The schema in PostgreSQL" },
};

/** How long a command waits for a store, in milliseconds. */
const TIMEOUT_MS = 10_000;
const BUSY_TIMEOUT_MS = 2_000;

/** The store that the environment names; undefined for the default one: a file per target on this host. */
export function defaultStore(env: Environment): string | undefined {
  return env.TASKMON_ALLOCATOR;
}

/**
 * Opens the store that a URL names, lets `work` use it, and closes it.
 * @param url undefined for this host's files, when no store is given
 * @param env gives the folder of these files
 */
export async function withStore<T>(
  url: string | undefined,
  options: Readonly<Record<string, string | true>>,
  work: (allocator: TaskNumAllocator, signal: AbortSignal) => Promise<T>,
  env: Environment = process.env,
): Promise<T> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const names = {
    ...(typeof options["prefix"] === "string" && { prefix: options["prefix"] }),
    ...(typeof options["schema"] === "string" && { schema: options["schema"] }),
  };
  const store = url === undefined ? openDefault(env) : await openStore(url, names);
  try {
    return await work(store.allocator, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new Error(`the store did not answer within ${TIMEOUT_MS / 1_000} s`, { cause: error });
  } finally {
    await store.close();
  }
}

interface OpenStore {
  readonly allocator: TaskNumAllocator;
  close(): Promise<unknown>;
}

interface StoreNames {
  readonly prefix?: string;
  readonly schema?: string;
}

async function openStore(url: string, names: StoreNames): Promise<OpenStore> {
  const kind = storeKind(url);
  const { prefix, schema } = names;
  if (prefix !== undefined && kind !== "redis" && kind !== "etcd") throw unfit("prefix", url);
  if (schema !== undefined && kind !== "postgres") throw unfit("schema", url);
  if (kind === "sqlite") return openSqlite(url);
  if (kind === "redis") return openRedis(url, prefix);
  if (kind === "postgres") return openPostgres(url, schema);
  if (kind === "etcd") return openEtcd(url, prefix);
  throw new UsageError(`${hidden(url)} is no store: expects sqlite:, redis:, postgres: or http:`);
}

/** The files of this host, one per target. */
function openDefault(env: Environment): OpenStore {
  const allocator = new SqliteAllocator(
    perTarget(env),
    new CallingThread(BUSY_TIMEOUT_MS, systemStoreClock()),
  );
  return { allocator, close: () => allocator.close() };
}

function openSqlite(url: string): OpenStore {
  const path = sqlitePath(url);
  // An allocator would create it.
  if (!existsSync(path)) throw new Error(`there is no file ${path}`);
  const allocator = sqliteAllocator({ file: path, thread: false, busyTimeoutMs: BUSY_TIMEOUT_MS });
  return { allocator, close: () => allocator.close() };
}

/** The parts of the packages that the allocators do not use themselves. */
interface RedisPackage {
  createClient(options: object): NodeRedis;
}
type NodeRedis = RedisClient & {
  on(event: "error", listener: () => void): NodeRedis;
  connect(): Promise<unknown>;
  destroy(): void;
};
interface IoRedisPackage {
  Redis: new (url: string, options: object) => IoRedis;
}
type IoRedis = RedisClient & {
  on(event: "error", listener: () => void): IoRedis;
  connect(): Promise<unknown>;
  disconnect(): void;
};

async function openRedis(url: string, prefix: string | undefined): Promise<OpenStore> {
  const options = prefix === undefined ? {} : { prefix };
  const [name, found] = firstPackage(["redis", "ioredis"]);
  const connectTimeout = TIMEOUT_MS;
  // The error itself comes from connect().
  const ignore = (): void => undefined;
  if (name === "redis") {
    const socket = { reconnectStrategy: false, connectTimeout };
    const client = (found as RedisPackage).createClient({ url, socket }).on("error", ignore);
    await client.connect();
    const close = async (): Promise<void> => client.destroy();
    return { allocator: redisAllocator({ client, ...options }), close };
  }
  const { Redis } = found as IoRedisPackage;
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null, connectTimeout });
  await client.on("error", ignore).connect();
  const close = async (): Promise<void> => client.disconnect();
  return { allocator: redisAllocator({ client, ...options }), close };
}

interface PgPackage {
  Pool: new (options: object) => PgPool & {
    on(event: "error", listener: () => void): unknown;
    end(): Promise<void>;
  };
}

async function openPostgres(url: string, schema: string | undefined): Promise<OpenStore> {
  const [, found] = firstPackage(["pg"]);
  const { Pool } = found as PgPackage;
  const pool = new Pool({
    connectionString: url,
    max: 1,
    connectionTimeoutMillis: TIMEOUT_MS,
  });
  pool.on("error", () => undefined);
  const allocator = postgresAllocator({ pool, ...(schema !== undefined && { schema }) });
  return { allocator, close: () => pool.end() };
}

function openEtcd(url: string, prefix: string | undefined): OpenStore {
  const allocator = etcdAllocator({
    ...etcdOptions(url),
    ...(prefix !== undefined && { prefix }),
  });
  return { allocator, close: async () => undefined };
}

/** The first of the packages that the current project has. */
function firstPackage(names: readonly string[]): [name: string, found: unknown] {
  const peer = loadPeer(names);
  if (peer !== undefined) return [peer.name, peer.module];
  const which = names.join(" or ");
  throw new Error(
    `this takes the package ${which}, which is not installed: npm install ${names[0]}`,
  );
}

function unfit(option: string, url: string): UsageError {
  return new UsageError(`--${option} does not go with ${hidden(url)}`);
}

/** A URL without its password. */
function hidden(url: string): string {
  return url.replace(/\/\/([^/@]*):[^/@]*@/, "//$1:…@");
}
