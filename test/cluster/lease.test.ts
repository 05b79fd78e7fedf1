import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, inject, it, onTestFinished } from "vitest";
import { sqliteAllocator } from "../../src/task/allocators/sqlite.ts";
import { type ClusterShop, type ShopOptions, startShop, until, type Worker } from "./shop.ts";

/** Short, and yet long enough for a busy machine of two cores. */
const lease = {
  leaseMs: 4_000,
  heartbeatMs: 800,
  requestTimeoutMs: 800,
  exportTimeoutMs: 400,
  graceMs: 600,
  quarantineMs: 300,
};

async function open(
  options: Partial<ShopOptions> & Pick<ShopOptions, "mode">,
): Promise<ClusterShop> {
  const shop = await startShop({ workers: 3, allocator: "parent", lease, ...options });
  onTestFinished(() => shop[Symbol.asyncDispose]());
  for (const id of shop.ids) await numbered(shop, id);
  return shop;
}

async function numbered(shop: ClusterShop, id?: string): Promise<Worker> {
  await until(async () => (await shop.facts(id)).number !== undefined, `the number of ${id}`);
  return shop.facts(id);
}

const idOf = ({ attributes }: Worker): unknown => attributes?.["service.instance.id"];

describe.each(["cluster", "threads", "forks"] as const)(
  "workers in %s that share a lease",
  (mode) => {
    it("export under the parent's number, each in a place that outlives its restart", async () => {
      const shop = await open({ mode });
      const parent = await numbered(shop);
      const before = await Promise.all(shop.ids.map((id) => shop.facts(id)));
      expect(before.map(({ number }) => number)).toEqual([0, 0, 0]);
      expect(new Set(before.map(({ worker }) => worker))).toEqual(new Set([0, 1, 2]));
      const ids = before.map(idOf);
      expect(new Set([...ids, parent.number]).size).toBe(4);

      const [, second] = shop.ids;
      const { worker: place } = await shop.facts(second);
      if (mode === "threads") {
        shop.tell({ tell: "terminate", id: second! });
        await shop.gone(second!);
      } else {
        await shop.kill(second!);
      }
      const id = await shop.startWorker();
      const restarted = await numbered(shop, id);
      expect(restarted.worker).toBe(place);
      expect(ids).toContain(idOf(restarted));
      // The others did not notice.
      const third = await shop.facts(shop.ids[1]);
      expect(third.epoch).toBe(before[2]!.epoch);
    });

    it("free their places by an end in order, without a rest", async () => {
      const shop = await open({ mode, workers: 2, lease: { ...lease, quarantineMs: 60_000 } });
      const [first] = shop.ids;
      const before = await shop.facts(first);
      await shop.do({ tell: "shutdown", id: first! });
      await until(async () => (await shop.facts(first)).state === "released", "the release");
      shop.tell({ tell: mode === "threads" ? "terminate" : "exit", id: first! });
      await shop.gone(first!);
      const restarted = await numbered(shop, await shop.startWorker());
      expect(restarted.worker).toBe(before.worker);
      expect(idOf(restarted)).toBe(idOf(before));
    });

    it("go on while others send what is no message of ours", async () => {
      const shop = await open({ mode, workers: 1 });
      const [id] = shop.ids;
      const before = await shop.facts(id);
      await shop.do({ tell: "garbage", id: id! });
      const after = await shop.facts(id);
      expect([after.number, after.epoch]).toEqual([before.number, before.epoch]);
      await shop.do({ tell: "order", id: id!, count: 1 });
    });

    it("stop before the parent hands its number back", async () => {
      const shop = await open({ mode, workers: 2 });
      shop.tell({ tell: "release" });
      await until(async () => {
        const all = await Promise.all(shop.ids.map((id) => shop.facts(id)));
        return all.every(({ number }) => number === undefined);
      }, "the end of the workers' leases");
      expect((await shop.facts()).number).toBeUndefined();
    });
  },
);

it("lets a worker's lease run out whose parent was killed", async () => {
  const shop = await open({ mode: "forks", workers: 1 });
  const facts = async (): Promise<Worker> => {
    const response = await fetch(shop.url.replace("/order", "/facts"));
    return (await response.json()) as Worker;
  };
  expect((await facts()).number).toBe(0);
  process.kill(shop.pid, "SIGKILL");
  await shop.ended;
  const killedAt = performance.now();
  await until(async () => (await facts()).number === undefined, "the end of the lease");
  expect(performance.now() - killedAt).toBeLessThan(lease.leaseMs + 1_000);
  expect((await facts()).state).toBe("expired");
});

it("lets the number rest, when the parent exits, for as long as a worker may rely on it", async () => {
  const file = join(mkdtempSync(join(inject("testRun").folder, "cluster-exit-")), "tasks.sqlite");
  const shop = await open({ mode: "forks", workers: 1, file });
  await numbered(shop);
  shop.tell({ tell: "exit" });
  await shop.ended;
  const store = sqliteAllocator({ file });
  onTestFinished(() => store.close());
  const [resting] = await store.list(undefined, { signal: new AbortController().signal });
  // Its owner is gone; its worker is not.
  expect(resting).toMatchObject({ num: 0 });
  expect(resting).not.toHaveProperty("instance");
  expect(resting!.until - Date.now()).toBeGreaterThan(lease.quarantineMs + 500);
});

it("keeps the place of a worker that was stopped, until its hold has run out", async () => {
  const shop = await open({ mode: "cluster", workers: 2 });
  const [first] = shop.ids;
  const stopped = await shop.facts(first);
  process.kill(stopped.pid, "SIGSTOP");
  const newcomer = await numbered(shop, await shop.startWorker());
  expect(newcomer.worker).toBe(2);
  process.kill(stopped.pid, "SIGCONT");
  const resumed = await numbered(shop, first);
  expect(idOf(resumed)).toBe(idOf(stopped));
});
