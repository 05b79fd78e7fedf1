import { randomUUID } from "node:crypto";
import { Cluster, Redis } from "ioredis";
import { createClient, createCluster } from "redis";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import {
  type RedisAllocator,
  type RedisClient,
  redisAllocator,
} from "../../../src/task/allocators/redis.ts";
import { connectionOf } from "../../../src/task/allocators/redis/client.ts";
import { RedisStore } from "../../../src/task/allocators/redis/store.ts";
import { StoredAllocator } from "../../../src/task/allocators/stored-allocator.ts";
import { allocatorLaws, manualClock } from "../../../src/testing/index.ts";
import { command, startRedis, type RedisServer } from "../../setup/redis.ts";

let single: RedisServer;
let cluster: RedisServer;
const clients = new Map<string, RedisClient>();
const closings: (() => unknown)[] = [];

beforeAll(async () => {
  [single, cluster] = await Promise.all([startRedis(), startRedis({ isCluster: true })]);
  const redis = await createClient({ url: single.url }).connect();
  const redisCluster = await createCluster({ rootNodes: [{ url: cluster.url }] }).connect();
  const ioredis = new Redis(single.url);
  const ioredisCluster = new Cluster([cluster.url]);
  clients.set("redis", redis).set("a cluster of redis", redisCluster);
  clients.set("ioredis", ioredis).set("a cluster of ioredis", ioredisCluster);
  closings.push(
    () => redis.destroy(),
    () => redisCluster.destroy(),
  );
  closings.push(
    () => ioredis.disconnect(),
    () => ioredisCluster.disconnect(),
  );
});

afterAll(async () => {
  for (const close of closings) await close();
  await Promise.all([single.stop(), cluster.stop()]);
});

describe("the laws of allocators, for redis beside ioredis, by the server's clock", () => {
  allocatorLaws(test.concurrent, {
    create() {
      const prefix = randomUUID();
      return {
        allocator: redisAllocator({ client: clients.get("redis")!, prefix }),
        another: () => redisAllocator({ client: clients.get("ioredis")!, prefix }),
        forget: () => forget(single, prefix),
      };
    },
    leaseGranularityMs: 250,
  });
});

describe.each([
  ["ioredis", "redis"],
  ["a cluster of redis", "a cluster of ioredis"],
  ["a cluster of ioredis", "a cluster of redis"],
])("the laws of allocators, for %s beside %s", (one, other) => {
  const clock = manualClock();
  allocatorLaws(test, {
    create() {
      const prefix = randomUUID();
      const open = (name: string): RedisAllocator =>
        new StoredAllocator(
          "redis",
          new RedisStore({
            ...{ connection: connectionOf(clients.get(name)!), prefix, assign: "in-band" },
            ...{ replicas: 0, replicasTimeoutMs: 0, now: () => clock.wallTime() },
          }),
        );
      return {
        allocator: open(one),
        another: () => open(other),
        forget: () => forget(one.includes("cluster") ? cluster : single, prefix),
      };
    },
    advance: (ms) => clock.advance(ms),
  });
});

describe("redisAllocator", () => {
  it.each([
    [{ client: undefined }, "redisAllocator.client"],
    [{ client: { get() {} } }, "redisAllocator.client"],
    [{ prefix: "a{b}" }, "redisAllocator.prefix"],
    [{ prefix: "" }, "redisAllocator.prefix"],
    [{ assign: "later" }, "redisAllocator.assign"],
    [{ replicas: -1 }, "redisAllocator.replicas"],
    [{ replicasTimeoutMs: 0 }, "redisAllocator.replicasTimeoutMs"],
    [{ url: "redis://x" }, "redisAllocator.url"],
  ])("refuses the options %j", (options, option) => {
    const client = clients.get("redis")!;
    expect(() => redisAllocator({ client, ...options } as never)).toThrow(
      expect.objectContaining({ code: "ERR_TASKMON_INVALID_OPTION", option }),
    );
  });

  it("refuses to wait for replicas over connections that it cannot know", () => {
    for (const name of ["a cluster of redis", "a cluster of ioredis"]) {
      expect(() => redisAllocator({ client: clients.get(name)!, replicas: 1 })).toThrow("replicas");
    }
  });
});

async function forget(server: RedisServer, prefix: string): Promise<void> {
  const script = `for _,k in ipairs(redis.call('KEYS','${prefix}*')) do redis.call('DEL',k) end`;
  const answer = await command(server.port, `EVAL "${script}" 0`);
  if (answer.startsWith("-")) throw new Error(answer);
}
