import { Redis } from "ioredis";
import { createClient } from "redis";
import { expect, it, onTestFinished, vi } from "vitest";
import {
  type RedisAllocatorOptions,
  redisAllocator,
} from "../../../../src/task/allocators/redis.ts";
import { command, startRedis, type RedisServer } from "../../../setup/redis.ts";
import { startTcpProxy } from "../../../setup/tcp-proxy.ts";
import { beat, granted } from "../beats.ts";

async function startPair() {
  const primary = await startRedis({ args: ["--repl-diskless-sync-delay", "0"] });
  const stream = await startTcpProxy(primary.port);
  const replica = await startRedis({ args: ["--replicaof", "127.0.0.1", String(stream.port)] });
  onTestFinished(async () => {
    await Promise.all([primary.stop(), replica.stop(), stream.stop()]);
  });
  await vi.waitFor(
    async () => expect(await command(replica.port, "INFO replication")).toContain("link_status:up"),
    { timeout: 10_000 },
  );
  return { primary, replica, stream };
}

function open(server: RedisServer, options?: Partial<RedisAllocatorOptions>) {
  const client = new Redis(server.url).on("error", () => undefined);
  onTestFinished(() => client.disconnect());
  return redisAllocator({ client, ...options });
}

it("gives a number that a failover forgot back to its owner, and to no newcomer before", async () => {
  const { primary, replica, stream } = await startPair();
  const before = open(primary);
  const holdMs = 3_000;
  const a = await granted(before, "a", { holdMs });
  await vi.waitFor(
    async () =>
      expect(await command(replica.port, "HEXISTS taskmon:{checkout|web|}:slots 0")).toBe(":1\r\n"),
    { timeout: 10_000 },
  );
  // The replica does not hear of the next grant.
  stream.cut();
  const b = await granted(before, "b", { holdMs });
  process.kill(primary.pid, "SIGKILL");
  await command(replica.port, "REPLICAOF NO ONE");

  const after = open(replica);
  // The first heartbeat after the last check of the server, five seconds later, notices.
  await command(replica.port, "HSET taskmon:{checkout|web|}:meta checked 0");
  expect(await beat(after, "newcomer", { holdMs })).toEqual({ kind: "no_number" });
  expect(await granted(after, "a", { held: a, holdMs })).toEqual(a);
  const again = await granted(after, "b", { held: b, holdMs });
  expect(again.num).toBe(b.num);
  expect(again.epoch).toBeGreaterThan(b.epoch);
  await granted(after, "a", { held: a });
  await granted(after, "b", { held: again });
  await vi.waitFor(async () => expect((await granted(after, "newcomer")).num).toBe(2), {
    timeout: 15_000,
    interval: 100,
  });
});

it("grants at once after a server was started anew that has no replicas", async () => {
  const server = await startRedis();
  onTestFinished(() => server.stop());
  const allocator = open(server);
  await granted(allocator, "a");
  // As it finds itself after a restart: the same data, another replication id.
  await command(
    server.port,
    `HSET taskmon:{checkout|web|}:meta checked 0 replid ${"0".repeat(39)}1`,
  );
  expect((await granted(allocator, "b")).num).toBe(1);
});

it.each(["redis", "ioredis"])(
  "with replicas to wait for, answers no grant that they do not have, through %s",
  async (library) => {
    const { primary, replica } = await startPair();
    const options = { replicas: 1, replicasTimeoutMs: 300 };
    let allocator = open(primary, options);
    if (library === "redis") {
      const client = await createClient({ url: primary.url }).connect();
      onTestFinished(() => client.destroy());
      allocator = redisAllocator({ client, ...options });
    }
    // A busy replica may take a while to confirm its first writes.
    const held = await vi.waitFor(() => granted(allocator, "a"), { timeout: 10_000 });
    process.kill(replica.pid, "SIGSTOP");
    await expect(beat(allocator, "b")).rejects.toThrow("0 of 1 replicas have the grant");
    // Asked again, it is still not sure; what is sure already is renewed without waiting.
    await expect(beat(allocator, "b")).rejects.toThrow("0 of 1 replicas have the grant");
    expect(await granted(allocator, "a", { held })).toEqual(held);
    process.kill(replica.pid, "SIGCONT");
    await vi.waitFor(async () => expect((await granted(allocator, "b")).num).toBe(1), {
      timeout: 10_000,
    });
  },
);
