import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { etcdAllocator } from "../../../../src/task/allocators/etcd.ts";
import { type EtcdServer, startEtcd } from "../../../setup/etcd.ts";
import { freePort } from "../../../setup/servers.ts";
import { startTcpProxy } from "../../../setup/tcp-proxy.ts";
import { beat, granted, grantedAtLast, numbersOf, TARGET } from "../beats.ts";

let server: EtcdServer;
let lastPrefix = 0;
const freshPrefix = (): string => `/test-${++lastPrefix}`;

beforeAll(async () => {
  server = await startEtcd();
});

afterAll(() => server.stop());

async function throughProxy() {
  const proxy = await startTcpProxy(server.port);
  onTestFinished(() => proxy.stop());
  const endpoint = `http://127.0.0.1:${proxy.port}`;
  return { proxy, allocator: etcdAllocator({ endpoint, prefix: freshPrefix() }) };
}

it("keeps a number over a cut connection", async () => {
  const { proxy, allocator } = await throughProxy();
  const held = await granted(allocator, "a");
  proxy.cut();
  await expect(beat(allocator, "a", { held })).rejects.toMatchObject({
    code: "ERR_TASKMON_STORE_UNAVAILABLE",
  });
  proxy.heal();
  expect(await granted(allocator, "a", { held })).toEqual(held);
});

it("loses no number, and gives none twice, whichever of a heartbeat's answers is cut off", async () => {
  const { proxy, allocator } = await throughProxy();
  for (let cutAfter = 0; cutAfter < 6; cutAfter++) {
    const instance = `task-${cutAfter}`;
    for (const step of ["grant", "renewal"]) {
      proxy.cutAtAnswer(cutAfter + 1);
      await beat(allocator, instance).catch(() => undefined);
      proxy.cutAtAnswer(0);
      expect((await grantedAtLast(allocator, instance)).num, step).toBe(cutAfter);
    }
  }
});

it("ends a call with its signal while answers are late", async () => {
  const { proxy, allocator } = await throughProxy();
  const held = await granted(allocator, "a");
  proxy.delayMs = 60_000;
  const startedAt = performance.now();
  const late = beat(allocator, "a", { held }, AbortSignal.timeout(200));
  await expect(late).rejects.toThrow(/timeout/);
  // One that waits in line behind it gives up, too.
  const [first, second] = ["b", "c"].map((instance) =>
    beat(allocator, instance, {}, AbortSignal.timeout(200)),
  );
  await expect(first).rejects.toThrow(/timeout/);
  await expect(second).rejects.toThrow(/timeout/);
  expect(performance.now() - startedAt).toBeLessThan(2_000);
  proxy.delayMs = 0;
  expect(await grantedAtLast(allocator, "a", { held })).toEqual(held);
});

it("keeps numbers while the server is paused", async () => {
  const own = await startEtcd();
  onTestFinished(() => own.stop());
  const allocator = etcdAllocator({ endpoint: own.url });
  const held = await granted(allocator, "a");
  process.kill(own.pid, "SIGSTOP");
  await expect(beat(allocator, "a", { held }, AbortSignal.timeout(300))).rejects.toThrow("timeout");
  process.kill(own.pid, "SIGCONT");
  expect(await grantedAtLast(allocator, "a", { held })).toEqual(held);
});

it("asks another member where one cannot be reached, and stays with it", async () => {
  const dead = `http://127.0.0.1:${await freePort()}`;
  const asked: string[] = [];
  const allocator = etcdAllocator({
    endpoints: [dead, server.url],
    prefix: freshPrefix(),
    fetch: (url, init) => {
      asked.push(new URL(url).origin);
      return fetch(url, init);
    },
  });
  await granted(allocator, "a");
  expect(asked.filter((origin) => origin === dead)).toHaveLength(1);
  await expect(beat(etcdAllocator({ endpoint: dead }), "a")).rejects.toMatchObject({
    code: "ERR_TASKMON_STORE_UNAVAILABLE",
  });
});

it("numbers 100 instances that ask at once, through three allocators, 0 to 99", async () => {
  const options = { endpoint: server.url, prefix: freshPrefix() };
  const allocators = [etcdAllocator(options), etcdAllocator(options), etcdAllocator(options)];
  expect(await numbersOf(allocators, 100)).toEqual([...Array(100).keys()]);
});

it("gives larger epochs in an etcd that was made anew, whose revisions begin again", async () => {
  const anew = await startEtcd();
  onTestFinished(() => anew.stop());
  const prefix = freshPrefix();
  const former = await granted(etcdAllocator({ endpoint: server.url, prefix }), "a");
  const allocator = etcdAllocator({ endpoint: anew.url, prefix });
  const present = await granted(allocator, "newcomer");
  expect(present.num).toBe(former.num);
  expect(present.epoch).toBeGreaterThan(former.epoch);
  expect(await beat(allocator, "a", { held: former })).toEqual({ kind: "lost" });
});

it("lets the numbers below a returned owner's rest, however many they are", async () => {
  const allocator = etcdAllocator({ endpoint: server.url, prefix: freshPrefix() });
  const held = { num: 130, epoch: 5 };
  expect((await granted(allocator, "a", { held })).num).toBe(130);
  expect(await beat(allocator, "newcomer")).toEqual({ kind: "no_number" });
  expect((await granted(allocator, "b", { held: { num: 77, epoch: 5 } })).num).toBe(77);
});

describe("an etcd with users", () => {
  it("is asked with a token, and with a new one when that is no longer valid", async () => {
    const own = await startEtcd();
    onTestFinished(() => own.stop());
    const call = async (method: string, body: object) => {
      const init = { method: "POST", body: JSON.stringify(body) };
      expect((await fetch(`${own.url}/v3/auth/${method}`, init)).status).toBe(200);
    };
    const auth = { name: "root", password: "secret" };
    await call("user/add", auth);
    await call("user/grant", { user: "root", role: "root" });
    await call("enable", {});
    let spoilt = 0;
    const allocator = etcdAllocator({
      endpoint: own.url,
      auth,
      fetch: (url, init) => {
        // Once in the middle, the token is one that the server does not know.
        const isSpoilt = init.headers["authorization"] !== undefined && spoilt++ === 6;
        const headers = isSpoilt ? { ...init.headers, authorization: "x.1" } : init.headers;
        return fetch(url, { ...init, headers });
      },
    });
    const held = await granted(allocator, "a");
    expect(await granted(allocator, "a", { held })).toEqual(held);
    expect(spoilt).toBeGreaterThan(7);
    await expect(beat(etcdAllocator({ endpoint: own.url }), "a")).rejects.toThrow("user name");
    const wrong = etcdAllocator({ endpoint: own.url, auth: { ...auth, password: "guess" } });
    await expect(beat(wrong, "a")).rejects.toThrow("authentication failed");
  });
});

it("lists who holds what, until when", async () => {
  const allocator = etcdAllocator({ endpoint: server.url, prefix: freshPrefix() });
  const [a, b] = [await granted(allocator, "a"), await granted(allocator, "b")];
  const signal = AbortSignal.timeout(5_000);
  await allocator.release(TARGET, "b", { ...b, quarantineMs: 60_000 }, { signal });
  const target = "checkout|web|";
  const listings = await allocator.list(undefined, { signal });
  expect(listings).toEqual([
    { target, num: 0, instance: "a", epoch: a.epoch, until: expect.any(Number) },
    { target, num: 1, epoch: b.epoch, until: expect.any(Number) },
  ]);
  expect(Math.abs(listings[0]!.until - Date.now() - 600_000)).toBeLessThan(5_000);
  expect(await allocator.list(TARGET, { signal })).toHaveLength(2);
  expect(await allocator.list({ ...TARGET, jobName: "other" }, { signal })).toEqual([]);
});
