import { describe, expect, it, onTestFinished } from "vitest";
import { type ClusterShop, type ShopOptions, startShop, until, type Worker } from "./shop.ts";

async function open(options: ShopOptions): Promise<ClusterShop> {
  const shop = await startShop(options);
  onTestFinished(() => shop[Symbol.asyncDispose]());
  return shop;
}

async function numbered(shop: ClusterShop): Promise<Worker[]> {
  const facts: Worker[] = [];
  for (const id of [undefined, ...shop.ids]) {
    await until(async () => (await shop.facts(id)).number !== undefined, `a number of ${id}`);
    facts.push(await shop.facts(id));
  }
  return facts;
}

describe.each(["cluster", "threads", "forks"] as const)("in %s", (mode) => {
  it("gives the primary and each of four workers a number of its own by default", async () => {
    const shop = await open({ mode, workers: 4, allocator: "sqlite" });
    const all = await numbered(shop);
    expect(new Set(all.map(({ number }) => number))).toEqual(new Set([0, 1, 2, 3, 4]));
    const ids = all.slice(1).map(({ attributes }) => attributes!["service.instance.id"]);
    expect(new Set(ids).size).toBe(4);
    if (mode === "threads") expect(new Set(all.slice(1).map(({ pid }) => pid)).size).toBe(1);
    else expect(new Set(all.slice(1).map(({ pid }) => pid)).size).toBe(4);
  });
});

it("warns in a thread whose memory allocator numbers that thread alone", async () => {
  const shop = await open({ mode: "threads", workers: 2, allocator: "memory" });
  const [, first, second] = await numbered(shop);
  // What is warned of: both are the same task now.
  expect([first!.number, second!.number]).toEqual([0, 0]);
  expect(first!.attributes).toEqual(second!.attributes);
  for (const { lines } of [first!, second!]) {
    expect(
      lines.filter((line) => line.includes("memoryAllocator() counts within one thread")),
    ).toHaveLength(1);
  }
});

describe("under a process manager whose primary is not the user's", () => {
  it("gives each worker a number of its own, and a scrape of its own", async () => {
    const shop = await open({ mode: "cluster", workers: 2, allocator: "sqlite", foreign: true });
    const workers = (await numbered(shop)).slice(1);
    expect(new Set(workers.map(({ number }) => number)).size).toBe(2);
    expect(workers.map(({ connected }) => connected)).toEqual([false, false]);
  });

  it("does no harm where a worker asks for a lease that nobody lends", async () => {
    const lease = { leaseMs: 1_000, requestTimeoutMs: 200 };
    const shop = await open({
      mode: "cluster",
      workers: 1,
      allocator: "parent",
      foreign: true,
      lease,
    });
    const [id] = shop.ids;
    await until(async () => (await shop.facts(id)).lines.length > 0, "a warning");
    const { number, lines } = await shop.facts(id);
    expect(number).toBeUndefined();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain("The parent allocator fails");
    await shop.do({ tell: "order", id: id!, count: 1 });
  });
});
