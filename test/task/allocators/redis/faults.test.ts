import { Redis } from "ioredis";
import { createClient } from "redis";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { type RedisAllocator, redisAllocator } from "../../../../src/task/allocators/redis.ts";
import { command, startRedis, type RedisServer } from "../../../setup/redis.ts";
import { startTcpProxy, type TcpProxy } from "../../../setup/tcp-proxy.ts";
import { beat, granted, grantedAtLast, numbersOf, TARGET } from "../beats.ts";

let server: RedisServer;
let proxy: TcpProxy;

beforeAll(async () => {
  server = await startRedis();
});

beforeEach(async () => {
  await command(server.port, "FLUSHALL");
  proxy = await startTcpProxy(server.port);
  return () => proxy.stop();
});

afterAll(() => server.stop());

describe.each([
  ["redis", throughRedis],
  ["ioredis", throughIoRedis],
] as const)("through %s", (_, open) => {
  it("keeps a number over a cut connection", async () => {
    const allocator = await open(proxy.port);
    const held = await granted(allocator, "a");
    proxy.cut();
    const whileCut = beat(allocator, "a", { held }, AbortSignal.timeout(300));
    await expect(whileCut).rejects.toThrow(/timeout|closed/);
    proxy.heal();
    expect(await grantedAtLast(allocator, "a", { held })).toEqual(held);
  });

  it("gives the same number again where the answer was cut off, and sees no second process", async () => {
    const allocator = await open(proxy.port);
    const cut = proxy.cutAtNextAnswer();
    // ioredis sends it again by itself, with the same sequence; redis rejects it.
    const first = beat(allocator, "a").catch(() => undefined);
    await cut;
    const answer = await first;
    if (answer !== undefined) expect(answer).toMatchObject({ kind: "granted", num: 0 });
    const held = await grantedAtLast(allocator, "a");
    expect(held.num).toBe(0);
    const again = proxy.cutAtNextAnswer();
    const renewal = beat(allocator, "a", { held }).catch(() => undefined);
    await again;
    expect((await renewal)?.kind ?? "granted").toBe("granted");
    expect(await grantedAtLast(allocator, "a", { held })).toEqual(held);
    expect((await granted(allocator, "b")).num).toBe(1);
  });

  it("ends a call with its signal while answers are late, and heeds what the server did", async () => {
    const allocator = await open(proxy.port);
    const held = await granted(allocator, "a");
    proxy.delayMs = 1_000;
    const startedAt = performance.now();
    await expect(beat(allocator, "b", {}, AbortSignal.timeout(200))).rejects.toThrow(/timeout/);
    expect(performance.now() - startedAt).toBeLessThan(900);
    // The answer is lost, the grant is not.
    proxy.delayMs = 0;
    expect((await grantedAtLast(allocator, "b")).num).toBe(1);
    expect(await granted(allocator, "a", { held })).toEqual(held);
  });

  it("goes on where the server was started anew and knows neither numbers nor script", async () => {
    const allocator = await open(proxy.port);
    const held = await granted(allocator, "a");
    await granted(allocator, "b");
    await command(server.port, "FLUSHALL");
    await command(server.port, "SCRIPT FLUSH");
    const again = await granted(allocator, "a", { held });
    expect(again.num).toBe(held.num);
    expect(again.epoch).toBeGreaterThan(held.epoch);
  });
});

it("waits for a server that is paused, and renews after it", async () => {
  const allocator = await throughRedis(server.port);
  const held = await granted(allocator, "a");
  process.kill(server.pid, "SIGSTOP");
  try {
    await expect(beat(allocator, "a", { held }, AbortSignal.timeout(300))).rejects.toThrow(
      "timeout",
    );
  } finally {
    process.kill(server.pid, "SIGCONT");
  }
  expect(await grantedAtLast(allocator, "a", { held })).toEqual(held);
});

it("numbers 500 instances that ask at once, through both libraries, 0 to 499", async () => {
  const allocators = [await throughRedis(server.port), await throughIoRedis(server.port)];
  expect(await numbersOf(allocators, 500)).toEqual([...Array(500).keys()]);
});

it.each(["slots", "instances", "ending", "available", "meta", "pages"])(
  "serves the owners of a target whose %s were evicted",
  async (part) => {
    const allocator = await throughRedis(server.port);
    const [a, b] = [await granted(allocator, "a"), await granted(allocator, "b")];
    const c = await granted(allocator, "c");
    const signal = AbortSignal.timeout(5_000);
    await allocator.release(TARGET, "c", { ...c, quarantineMs: 0 }, { signal });
    await command(server.port, `DEL taskmon:{checkout|web|}:${part}`);
    const numbers = [
      (await grantedAfterAll(allocator, "a", a)).num,
      (await grantedAfterAll(allocator, "b", b)).num,
    ];
    // Without the slots nobody knows how many owners there are: a newcomer waits.
    if (part === "slots") expect(await beat(allocator, "d")).toEqual({ kind: "no_number" });
    else numbers.push((await granted(allocator, "d")).num);
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(Math.max(...numbers)).toBeLessThan(5);
  },
);

describe("keys that are not this version's", () => {
  const META = "taskmon:{checkout|web|}:meta";

  it("are refused where a newer version made them, and left as they are", async () => {
    await command(server.port, `HSET ${META} version 2 compatible 2`);
    const error = { code: "ERR_TASKMON_STORE_NEWER", found: 2, known: 1 };
    await expect(beat(await throughRedis(server.port), "a")).rejects.toMatchObject(error);
    await expect(beat(await throughIoRedis(server.port), "a")).rejects.toMatchObject(error);
    expect(await command(server.port, "DBSIZE")).toBe(":1\r\n");
  });

  it("are used where the newer version says that it left this one's meaning alone", async () => {
    const allocator = await throughRedis(server.port);
    const held = await granted(allocator, "a");
    await command(server.port, `HSET ${META} version 2 compatible 1`);
    expect(await granted(allocator, "a", { held })).toEqual(held);
    expect((await granted(allocator, "b")).num).toBe(1);
    expect(await command(server.port, `HGET ${META} version`)).toContain("2");
  });

  it.each(["SET %s x", "HSET %s field x", "RPUSH %s x"])(
    "are refused where another program made them: %s",
    async (line) => {
      await command(server.port, line.replace("%s", META));
      const error = { code: "ERR_TASKMON_STORE_NOT_OURS" };
      await expect(beat(await throughRedis(server.port), "a")).rejects.toMatchObject(error);
      expect(await command(server.port, "DBSIZE")).toBe(":1\r\n");
    },
  );
});

it("shows no page of a process whose number an earlier version gave to another", async () => {
  const allocator = await throughRedis(server.port);
  const { epoch } = await granted(allocator, "a", { adminUrl: "http://10.0.0.7:9090/" });
  const signal = AbortSignal.timeout(5_000);
  expect(await allocator.list(TARGET, { signal })).toMatchObject([
    { instance: "a", adminUrl: "http://10.0.0.7:9090/" },
  ]);
  // What the script of a version that knows no pages writes when it grants the number to b.
  const key = "taskmon:{checkout|web|}";
  await command(server.port, `HSET ${key}:slots 0 "${epoch + 1} 1 nonce b"`);
  await command(server.port, `HDEL ${key}:instances a`);
  await command(server.port, `HSET ${key}:instances b 0`);
  const [listing, ...others] = await allocator.list(TARGET, { signal });
  expect(others).toEqual([]);
  expect(listing).toMatchObject({ instance: "b", epoch: epoch + 1 });
  expect(listing).not.toHaveProperty("adminUrl");
  // Whoever has the number now says where its own page is, or the old one is forgotten.
  const held = { num: 0, epoch: epoch + 1 };
  expect(await granted(allocator, "b", { held, seq: 2 })).toEqual(held);
  expect(await command(server.port, `EXISTS ${key}:pages`)).toBe(":0\r\n");
});

it("reports a server that cannot be used, with the cause", async () => {
  const client = createClient({ url: server.url }).on("error", () => {});
  const rejection = beat(redisAllocator({ client }), "a");
  await expect(rejection).rejects.toMatchObject({ code: "ERR_TASKMON_STORE_UNAVAILABLE" });
  const allocator = await throughRedis(server.port);
  const held = await granted(allocator, "a");
  await command(server.port, "CONFIG SET maxmemory 1");
  try {
    await expect(beat(allocator, "a", { held })).rejects.toThrow("maxmemory");
  } finally {
    await command(server.port, "CONFIG SET maxmemory 0");
  }
  expect(await granted(allocator, "a", { held })).toEqual(held);
});

it("leaves the client open, and closes nothing of the caller's", async () => {
  const allocator = await throughRedis(server.port);
  expect("close" in allocator).toBe(false);
});

/** What the renewer does with a number that is lost: it asks for another. */
async function grantedAfterAll(
  allocator: RedisAllocator,
  instance: string,
  held: { num: number; epoch: number },
): Promise<{ num: number }> {
  const answer = await beat(allocator, instance, { held });
  return answer.kind === "granted" ? answer : granted(allocator, instance);
}

async function throughRedis(port: number): Promise<RedisAllocator> {
  const reconnectStrategy = 50;
  const client = createClient({ url: `redis://127.0.0.1:${port}`, socket: { reconnectStrategy } });
  await client.on("error", () => {}).connect();
  onTestFinished(() => client.destroy());
  return redisAllocator({ client });
}

async function throughIoRedis(port: number): Promise<RedisAllocator> {
  const client = new Redis({ port, host: "127.0.0.1", retryStrategy: () => 50 });
  client.on("error", () => {});
  onTestFinished(() => client.disconnect());
  return redisAllocator({ client });
}
