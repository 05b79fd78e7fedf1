import { InvalidOptionError } from "../../../shared/errors.ts";

/** The part that we use of a client, pool, cluster or sentinel of `redis` (node-redis 5 and later). */
export interface NodeRedisClient {
  evalSha(sha: string, options: ScriptArguments): Promise<unknown>;
  eval(script: string, options: ScriptArguments): Promise<unknown>;
}

/** Keys and arguments in the form of node-redis. */
export interface ScriptArguments {
  keys: string[];
  arguments: string[];
}

/** The part that we use of a client or cluster of `ioredis`, or of `iovalkey`, which has the same API. */
export interface IoRedisClient {
  evalsha(sha: string, numberOfKeys: number, ...keysAndArguments: string[]): Promise<unknown>;
  eval(script: string, numberOfKeys: number, ...keysAndArguments: string[]): Promise<unknown>;
}

/** A client of either library. You create it and connect it. */
export type RedisClient = NodeRedisClient | IoRedisClient;

/** A client of either library, as the allocator uses it. */
export interface Connection {
  evalSha(sha: string, keys: string[], args: string[], signal: AbortSignal): Promise<unknown>;
  eval(script: string, keys: string[], args: string[], signal: AbortSignal): Promise<unknown>;
  /** The keys of all servers that match the pattern. */
  scan(pattern: string): AsyncIterable<string>;
  /**
   * How many replicas have the writes of this connection, within `timeoutMs`; absent if a command without a
   * key may use another connection than the command before.
   */
  readonly wait?: (replicas: number, timeoutMs: number) => Promise<number>;
}

/**
 * Finds out which library a client comes from.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` for anything else
 */
export function connectionOf(client: RedisClient): Connection {
  if (hasMethods(client, ["eval", "evalSha"])) return nodeRedis(client);
  if (hasMethods(client, ["eval", "evalsha"])) return ioRedis(client);
  throw new InvalidOptionError("redisAllocator.client", "a client of redis or ioredis", client);
}

/** Parts of node-redis that not every kind of client has. */
type MoreOfNodeRedis = NodeRedisClient & {
  withAbortSignal?(signal: AbortSignal): NodeRedisClient;
  scan?(cursor: string, options: object): Promise<{ cursor: unknown; keys: unknown[] }>;
  wait?(replicas: number, timeoutMs: number): Promise<unknown>;
  /** A cluster's. */
  readonly masters?: readonly unknown[];
  nodeClient?(node: unknown): Promise<MoreOfNodeRedis>;
  /** A pool's. */
  readonly totalClients?: number;
};

function nodeRedis(client: MoreOfNodeRedis): Connection {
  // A command whose signal aborts leaves the queue of a client that has no connection.
  const until = (signal: AbortSignal): NodeRedisClient =>
    client.withAbortSignal?.(signal) ?? client;
  const isOneConnection = client.masters === undefined && client.totalClients === undefined;
  return {
    evalSha: (sha, keys, args, signal) => until(signal).evalSha(sha, { keys, arguments: args }),
    eval: (script, keys, args, signal) => until(signal).eval(script, { keys, arguments: args }),
    async *scan(pattern) {
      for (const node of client.masters ?? [undefined]) {
        const server = node === undefined ? client : await client.nodeClient!(node);
        yield* scanAll(async (cursor) => {
          const reply = await server.scan!(cursor, { MATCH: pattern, COUNT: 1_000 });
          return [reply.cursor, reply.keys];
        });
      }
    },
    ...(isOneConnection && {
      wait: async (replicas, timeoutMs) => Number(await client.wait!(replicas, timeoutMs)),
    }),
  };
}

/** Parts of ioredis that not every kind of client has. */
type MoreOfIoRedis = IoRedisClient & {
  scan?(cursor: string, ...args: (string | number)[]): Promise<[unknown, unknown[]]>;
  wait?(replicas: number, timeoutMs: number): Promise<unknown>;
  readonly isCluster?: boolean;
  nodes?(role: "master"): MoreOfIoRedis[];
};

function ioRedis(client: MoreOfIoRedis): Connection {
  const isCluster = client.isCluster === true;
  return {
    evalSha: (sha, keys, args) => client.evalsha(sha, keys.length, ...keys, ...args),
    eval: (script, keys, args) => client.eval(script, keys.length, ...keys, ...args),
    async *scan(pattern) {
      for (const server of isCluster ? client.nodes!("master") : [client]) {
        yield* scanAll((cursor) => server.scan!(cursor, "MATCH", pattern, "COUNT", 1_000));
      }
    },
    ...(!isCluster && {
      wait: async (replicas, timeoutMs) => Number(await client.wait!(replicas, timeoutMs)),
    }),
  };
}

async function* scanAll(
  next: (cursor: string) => Promise<[cursor: unknown, keys: unknown[]]>,
): AsyncGenerator<string> {
  let cursor = "0";
  do {
    const [following, keys] = await next(cursor);
    cursor = String(following);
    // Strings, or buffers if the caller's client is set up for them.
    for (const key of keys) yield String(key);
  } while (cursor !== "0");
}

function hasMethods<M extends string>(
  value: unknown,
  methods: readonly M[],
): value is Record<M, (...args: never) => Promise<unknown>> {
  return (
    typeof value === "object" &&
    value !== null &&
    methods.every((method) => typeof (value as Record<string, unknown>)[method] === "function")
  );
}
