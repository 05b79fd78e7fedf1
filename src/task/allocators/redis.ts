import { InvalidOptionError } from "../../shared/errors.ts";
import { choiceOption, integerOption, optionsObject, textOption } from "../../shared/options.ts";
import type { Assignment } from "../allocator.ts";
import { connectionOf, type RedisClient } from "./redis/client.ts";
import { RedisStore } from "./redis/store.ts";
import { StoredAllocator } from "./stored-allocator.ts";

export type { StoredAllocator as RedisAllocator } from "./stored-allocator.ts";
export type { IoRedisClient, NodeRedisClient, RedisClient } from "./redis/client.ts";

/** Options of {@link redisAllocator}. */
export interface RedisAllocatorOptions {
  /**
   * A client, pool, cluster or sentinel of `redis` (5 or later), or a client or cluster of `ioredis` (or
   * `iovalkey`). You own it: connect it, give it an error listener, and close it.
   */
  readonly client: RedisClient;
  /** The prefix of all keys: letters, digits and `_ . : -`. @default "taskmon" */
  readonly prefix?: string;
  /** When numbers are assigned. @default "in-band" */
  readonly assign?: Assignment;
  /**
   * How many replicas must have a new grant before it counts (`WAIT`), 0 to 100. With enough of them, no
   * grant is lost in a failover. The wait blocks the connection for up to `replicasTimeoutMs`, so pass a
   * client that nothing else uses. Not for clusters and pools. @default 0
   */
  readonly replicas?: number;
  /** How long to wait for them, in milliseconds, 1 to 60,000. @default 500 */
  readonly replicasTimeoutMs?: number;
}

/**
 * Numbers that a fleet shares through Redis 7 or later, or Valkey: the lowest that is free, kept in
 * eight keys for each target, which have one hash tag and so lie on one node of a cluster.
 *
 * A heartbeat costs one round trip and one script run of O(log n). A grant also moves the numbers that
 * expired since the last one. Holds are counted by the server's clock: if it is set forward by more than a
 * hold's margin, numbers pass on too early.
 *
 * While the server is unavailable, calls reject, and each process keeps its number until its deadline. A
 * server that was emptied learns its owners from their reports. Replication is asynchronous, so a promoted
 * replica may lack the last grants. For one hold after a failover, only processes that held a number get
 * it, and new processes get none yet. A grant made just before a crash of a server without replicas may
 * also be lost, unless the server writes each command to disk (`appendfsync always`). Set `maxmemory-policy
 * noeviction`: under any other policy a full server deletes keys.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function redisAllocator(options: RedisAllocatorOptions): StoredAllocator {
  const given = optionsObject("redisAllocator", options, [
    "client",
    "prefix",
    "assign",
    "replicas",
    "replicasTimeoutMs",
  ]);
  const connection = connectionOf(given.client as RedisClient);
  const prefix = textOption("redisAllocator.prefix", given.prefix ?? "taskmon");
  if (!/^[\w.:-]+$/.test(prefix)) {
    throw new InvalidOptionError("redisAllocator.prefix", "letters, digits and _ . : -", prefix);
  }
  const replicas = integerOption("redisAllocator.replicas", given.replicas, {
    min: 0,
    max: 100,
    default: 0,
  });
  if (replicas > 0 && connection.wait === undefined) {
    throw new InvalidOptionError("redisAllocator.replicas", "0 for a cluster or a pool", replicas);
  }
  return new StoredAllocator(
    "redis",
    new RedisStore({
      connection,
      prefix,
      assign: choiceOption("redisAllocator.assign", given.assign, ["in-band", "housekeeping"]),
      replicas,
      replicasTimeoutMs: integerOption(
        "redisAllocator.replicasTimeoutMs",
        given.replicasTimeoutMs,
        {
          min: 1,
          max: 60_000,
          default: 500,
        },
      ),
    }),
  );
}
