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
   * `iovalkey`). It is the caller's: connected, given its error listener and closed by the caller.
   */
  readonly client: RedisClient;
  /** What the keys' names begin with: letters, digits and `_ . : -`. @default "taskmon" */
  readonly prefix?: string;
  /** When numbers are given. @default "in-band" */
  readonly assign?: Assignment;
  /**
   * How many replicas must have a new grant before it counts (`WAIT`), 0 to 100. With enough of them, a
   * failover forgets no grant. It holds up whatever else uses the connection for up to
   * `replicasTimeoutMs`, so give a client of its own; not for clusters and pools. @default 0
   */
  readonly replicas?: number;
  /** How long to wait for them, in milliseconds, 1 to 60,000. @default 500 */
  readonly replicasTimeoutMs?: number;
}

/**
 * Numbers that a fleet shares through Redis 7 or later, or Valkey: the lowest that is free, kept in
 * eight keys for each target, which have one hash tag and so lie on one node of a cluster.
 *
 * A heartbeat costs one round trip, in which one script does O(log n) work; a grant also moves what has
 * run out since the last one. Holds are counted by the server's clock: where that is set forward by
 * more than a hold's margin, numbers pass on too early.
 *
 * While the server is away calls reject, and what holds a number keeps it until its deadline. A server
 * that was emptied gets to know its owners from what they say they held. Replication is asynchronous: a
 * promoted replica may lack the last grants; so for a hold after a failover numbers go only to
 * processes that held them, and newcomers are told that there is no number yet. A grant made moments
 * before a crash of a server without replicas may be forgotten too, unless it writes each command to its
 * disk (`appendfsync always`). Set `maxmemory-policy noeviction`: with another, a full server forgets.
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
