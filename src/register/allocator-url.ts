import { InvalidOptionError, SECRET } from "../shared/errors.ts";
import { loadPeer } from "../shared/peers.ts";
import type { TaskNumAllocator } from "../task/allocator.ts";
import { etcdAllocator } from "../task/allocators/etcd.ts";
import { memoryAllocator } from "../task/allocators/memory.ts";
import { type PgPool, postgresAllocator } from "../task/allocators/postgres.ts";
import { type RedisClient, redisAllocator } from "../task/allocators/redis.ts";
import { sqliteAllocator } from "../task/allocators/sqlite.ts";
import { etcdOptions, sqlitePath, storeKind } from "../task/allocators/store-url.ts";
import type { StartReport } from "./console.ts";
import type { Values } from "./variables.ts";

const VARIABLE = "TASKMON_ALLOCATOR";

/** The names in a store that variables give. */
interface Names {
  readonly prefix?: string;
  readonly schema?: string;
}

/** The parts of the packages that the allocators do not use themselves. */
interface Emitter {
  on(event: string, listener: (error: unknown) => void): unknown;
}
type NodeRedis = RedisClient & Emitter & { connect(): Promise<unknown>; unref(): void };
type IoRedis = RedisClient & Emitter & { readonly stream?: { unref?(): void } };

/**
 * The allocator that TASKMON_ALLOCATOR names, with a client of its own that keeps no process alive and
 * connects again by itself. Undefined where it is not set.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` for an unknown store, or one whose package is missing
 */
export function allocatorOf(values: Values, report: StartReport): TaskNumAllocator | undefined {
  const url = values[VARIABLE];
  if (url === undefined) return undefined;
  const { TASKMON_ALLOCATOR_PREFIX: prefix, TASKMON_ALLOCATOR_SCHEMA: schema } = values;
  const names = {
    ...(prefix !== undefined && { prefix }),
    ...(schema !== undefined && { schema }),
  };
  const onError = (error: unknown): void =>
    report.warnOnce("store", "The client of the task numbers' store failed", error);
  switch (storeKind(url)) {
    case "memory":
      return memoryAllocator();
    case "sqlite":
      return sqliteAllocator({ file: sqlitePath(url) });
    case "redis":
      return redis(url, names, onError);
    case "postgres":
      return postgres(url, names, onError);
    case "etcd":
      return etcdAllocator({ ...etcdOptions(url), ...(prefix !== undefined && { prefix }) });
    default:
      throw new InvalidOptionError(
        VARIABLE,
        "a URL that begins with memory:, sqlite:, redis:, rediss:, postgres:, http: or https:",
        SECRET,
      );
  }
}

function redis(
  url: string,
  { prefix }: Names,
  onError: (error: unknown) => void,
): TaskNumAllocator {
  const { name, module } = needed(["redis", "ioredis"], url);
  const options = prefix === undefined ? {} : { prefix };
  if (name === "redis") {
    const { createClient } = module as {
      readonly createClient: (options: object) => NodeRedis;
    };
    const client = createClient({ url });
    client.on("error", onError);
    client.on("connect", () => client.unref());
    client.connect().catch(onError);
    return redisAllocator({ client, ...options });
  }
  const { Redis } = module as { readonly Redis: new (url: string) => IoRedis };
  const client = new Redis(url);
  client.on("error", onError);
  client.on("connect", () => client.stream?.unref?.());
  return redisAllocator({ client, ...options });
}

function postgres(
  url: string,
  { schema }: Names,
  onError: (error: unknown) => void,
): TaskNumAllocator {
  const { Pool } = needed(["pg"], url).module as {
    readonly Pool: new (options: object) => PgPool & Emitter;
  };
  // One connection is enough for heartbeats.
  const pool = new Pool({ connectionString: url, max: 1, allowExitOnIdle: true });
  pool.on("error", onError);
  return postgresAllocator({ pool, ...(schema !== undefined && { schema }) });
}

function needed(names: readonly string[], url: string): { name: string; module: unknown } {
  const peer = loadPeer(names);
  if (peer !== undefined) return peer;
  const which = names.join(" or ");
  throw new InvalidOptionError(
    VARIABLE,
    `a store whose client is installed; npm install ${names[0]} (${which})`,
    url.slice(0, url.indexOf(":") + 1),
  );
}
