import { execFileSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { promtoolPath } from "../setup/prometheus.ts";
import { type ClusterShop, type ShopOptions, startShop, sumOf, until } from "./shop.ts";

async function open(
  options: Partial<ShopOptions> & Pick<ShopOptions, "mode">,
): Promise<ClusterShop> {
  // A worker may be late on a busy machine, and is no matter of most tests.
  const scrape = { timeoutMs: 20_000, ...options.scrape };
  const shop = await startShop({ workers: 3, allocator: "sqlite", ...options, scrape });
  onTestFinished(() => shop[Symbol.asyncDispose]());
  return shop;
}

const placed = async (shop: ClusterShop, labels = {}): Promise<number> =>
  sumOf(await shop.scrape(), "shop_orders_placed_total", labels);

/** Ends a worker as hard as its kind allows. */
async function kill(shop: ClusterShop, mode: ShopOptions["mode"], id: string): Promise<void> {
  if (mode !== "threads") return shop.kill(id);
  shop.tell({ tell: "terminate", id });
  return shop.gone(id);
}

describe.each(["cluster", "threads", "forks"] as const)("a scrape of the primary in %s", (mode) => {
  it("answers for all workers as for one", async () => {
    const shop = await open({ mode });
    for (const [index, id] of shop.ids.entries()) {
      await shop.do({ tell: "order", id, count: 10 ** index });
    }
    const samples = await shop.scrape();
    expect(samples.filter(({ name }) => name === "shop_orders_placed_total")).toHaveLength(1);
    expect(sumOf(samples, "shop_orders_placed_total", { currency: "EUR" })).toBe(111);
    expect(sumOf(samples, "shop_order_value_count")).toBe(111);
    expect(sumOf(samples, "shop_order_value_sum")).toBeCloseTo(11.1, 6);
    expect(sumOf(samples, "shop_order_value_bucket", { le: "1" })).toBe(111);
    expect(sumOf(samples, "shop_baskets")).toBe(111);
    // The primary's own, and not the sum of all.
    expect(sumOf(samples, "taskmon_task_number")).toBe((await shop.facts()).number);
    expect(samples.filter(({ name }) => name === "target_info")).toHaveLength(1);
    expect(sumOf(samples, "taskmon_cluster_workers", { taskmon_state: "answered" })).toBe(3);
    expect(sumOf(samples, "taskmon_cluster_workers", { taskmon_state: "missing" })).toBe(0);
  });

  it("keeps what a worker had counted that is killed, and leaves out what it measured", async () => {
    const shop = await open({ mode });
    for (const id of shop.ids) await shop.do({ tell: "order", id, count: 5 });
    expect(await placed(shop)).toBe(15);
    const [first] = shop.ids;
    await kill(shop, mode, first!);
    const after = await shop.scrape();
    expect(sumOf(after, "shop_orders_placed_total")).toBe(15);
    expect(sumOf(after, "shop_order_value_count")).toBe(15);
    expect(sumOf(after, "shop_baskets")).toBe(10);
    const id = await shop.startWorker();
    await shop.do({ tell: "order", id, count: 2 });
    expect(await placed(shop)).toBe(17);
    expect((await shop.facts()).workers.map(({ index }) => index)).toEqual([0, 1, 2]);
  });

  it("loses nothing of a worker that ends in order, scraped or not", async () => {
    const shop = await open({ mode });
    const [first, second] = shop.ids;
    await shop.do({ tell: "order", id: first!, count: 7 });
    await shop.do({ tell: "shutdown", id: first! });
    expect(await placed(shop)).toBe(7);
    expect((await shop.facts()).workers).toHaveLength(2);
    await shop.do({ tell: "order", id: second!, count: 1 });
    await shop.do({ tell: "stop", id: second! });
    expect(await placed(shop)).toBe(8);
  });
});

it.each(["cluster", "threads", "forks"] as const)(
  "hears the last word of a worker in %s that exits right after it, while the primary is busy",
  async (mode) => {
    const shop = await open({ mode, workers: 1 });
    for (let round = 1; round <= 5; round++) {
      const [id] = shop.ids;
      await shop.do({ tell: "order", id: id!, count: 10 });
      // The primary sees both at once.
      shop.tell({ tell: "leave", id: id!, count: 100 });
      await sleep(30);
      shop.tell({ tell: "hang", count: 400 });
      await shop.gone(id!);
      expect(await placed(shop)).toBe(10 * round);
      await shop.startWorker();
    }
  },
  // Six processes start, one after another.
  120_000,
);

it("shows each worker's series apart, with a label that says which, in a stable order", async () => {
  const shop = await open({ mode: "cluster", scrape: { by: "worker" } });
  for (const [index, id] of shop.ids.entries()) {
    await shop.do({ tell: "order", id, count: index + 1 });
  }
  const before = await shop.scrape();
  const byWorker = (samples: typeof before): Record<string, number> =>
    Object.fromEntries(
      samples
        .filter(({ name }) => name === "shop_orders_placed_total")
        .map(({ labels, value }) => [labels["worker"], value]),
    );
  expect(Object.values(byWorker(before)).toSorted((a, b) => a - b)).toEqual([1, 2, 3]);
  expect(Object.keys(byWorker(before)).toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
    "0",
    "1",
    "2",
  ]);
  expect(before.filter(({ name }) => name === "target_info")).toHaveLength(1);
  expect(sumOf(before, "taskmon_task_number", { worker: "primary" })).toBe(
    (await shop.facts()).number,
  );

  // The next worker with that label goes on where the last one was.
  const [first] = shop.ids;
  await shop.kill(first!);
  const id = await shop.startWorker();
  await shop.do({ tell: "order", id, count: 10 });
  const after = byWorker(await shop.scrape());
  const grown = Object.keys(after).filter((worker) => after[worker] !== byWorker(before)[worker]);
  expect(grown).toHaveLength(1);
  expect(after[grown[0]!]).toBe(byWorker(before)[grown[0]!]! + 10);
});

it.each(["aggregate", "worker"] as const)(
  "gives an exposition by %s that promtool accepts, with nothing to remark",
  async (by) => {
    const shop = await open({ mode: "cluster", workers: 2, scrape: { by } });
    for (const id of shop.ids) await shop.do({ tell: "order", id, count: 3 });
    const input = await shop.exposition();
    expect(input).toContain("shop_order_value_bucket");
    const printed = execFileSync(promtoolPath(), ["check", "metrics"], { input, encoding: "utf8" });
    expect(printed).toBe("");
  },
);

describe("a worker that does not answer", () => {
  it.each(["hangs", "is stopped"])("is done without, and said once, when it %s", async (how) => {
    const shop = await open({ mode: "cluster", scrape: { timeoutMs: 1_500 } });
    for (const id of shop.ids) await shop.do({ tell: "order", id, count: 5 });
    expect(await placed(shop)).toBe(15);
    const [first] = shop.ids;
    const { pid } = await shop.facts(first);
    if (how === "hangs") shop.tell({ tell: "hang", id: first!, count: 9_000 });
    else process.kill(pid, "SIGSTOP");
    await sleep(100);

    const began = performance.now();
    const without = await shop.scrape();
    expect(performance.now() - began).toBeLessThan(6_000);
    expect(sumOf(without, "shop_orders_placed_total")).toBe(15);
    expect(sumOf(without, "shop_baskets")).toBe(10);
    expect(sumOf(without, "taskmon_cluster_workers", { taskmon_state: "missing" })).toBe(1);
    expect(sumOf(without, "taskmon_cluster_faults_total", { taskmon_reason: "late" })).toBe(1);
    // It is not waited for again before it has answered.
    const next = performance.now();
    for (let scrape = 0; scrape < 3; scrape++) expect(await placed(shop)).toBe(15);
    expect(performance.now() - next).toBeLessThan(3_500);

    if (how === "is stopped") process.kill(pid, "SIGCONT");
    await until(
      async () =>
        sumOf(await shop.scrape(), "taskmon_cluster_workers", { taskmon_state: "missing" }) === 0,
      "its answer",
    );
    await shop.do({ tell: "order", id: first!, count: 1 });
    expect(await placed(shop)).toBe(16);
    const { lines } = await shop.facts();
    expect(lines.filter((line) => line.includes("did not answer within"))).toHaveLength(1);
  });

  it("does not hold up a scrape when it is killed meanwhile", async () => {
    const shop = await open({ mode: "cluster", scrape: { timeoutMs: 20_000 } });
    for (const id of shop.ids) await shop.do({ tell: "order", id, count: 5 });
    expect(await placed(shop)).toBe(15);
    const [first] = shop.ids;
    const { pid } = await shop.facts(first);
    process.kill(pid, "SIGSTOP");
    const began = performance.now();
    const answer = placed(shop);
    await sleep(100);
    process.kill(pid, "SIGKILL");
    expect(await answer).toBe(15);
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});

it("goes on while others use the channel, also for what looks like ours", async () => {
  const shop = await open({ mode: "cluster", workers: 2 });
  const [first] = shop.ids;
  await shop.do({ tell: "garbage", id: first! });
  await shop.do({ tell: "order", id: first!, count: 1 });
  expect(await placed(shop)).toBe(1);
});

it("answers for the workers that are left when one disconnects", async () => {
  const shop = await open({ mode: "cluster", workers: 2 });
  const [first, second] = shop.ids;
  await shop.do({ tell: "order", id: first!, count: 4 });
  expect(await placed(shop)).toBe(4);
  shop.tell({ tell: "disconnect", id: first! });
  await until(async () => (await shop.facts()).workers.length === 1, "its leave");
  await shop.do({ tell: "order", id: second!, count: 1 });
  expect(await placed(shop)).toBe(5);
});
