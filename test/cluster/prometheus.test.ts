import { describe, expect, it, onTestFinished } from "vitest";
import { type Prometheus, startPrometheus } from "../setup/prometheus.ts";
import { type ClusterShop, startShop, until } from "./shop.ts";

/** Starts a cluster of four workers, and a Prometheus that scrapes its primary every second. */
async function start(
  by: "aggregate" | "worker",
  mode: "cluster" | "threads",
): Promise<{ shop: ClusterShop; prometheus: Prometheus }> {
  const shop = await startShop({ mode, workers: 4, allocator: "sqlite", scrape: { by } });
  onTestFinished(() => shop[Symbol.asyncDispose]());
  const prometheus = await startPrometheus({
    config: {
      global: { scrape_interval: "1s", scrape_timeout: "1s" },
      scrape_configs: [
        { job_name: "shop", static_configs: [{ targets: [new URL(shop.metricsUrl).host] }] },
      ],
    },
  });
  onTestFinished(() => prometheus[Symbol.asyncDispose]());
  return { shop, prometheus };
}

const COUNTERS = [
  "shop_orders_placed_total",
  "shop_order_value_count",
  "shop_order_value_sum",
  "shop_order_value_bucket",
];

describe.each([
  ["aggregate", "cluster"],
  ["worker", "cluster"],
  ["aggregate", "threads"],
] as const)("a real Prometheus that scrapes by %s while workers in %s come and go", (by, mode) => {
  it("counts exactly the orders that were placed, and never sees a counter restart", async () => {
    const { shop, prometheus } = await start(by, mode);
    let sent = 0;
    const order = async (count: number, id?: string): Promise<void> => {
      if (id === undefined) await shop.order(count);
      else await shop.do({ tell: "order", id, count });
      sent += count;
    };
    const seen = async (): Promise<void> =>
      until(
        async () => (await valueOf(prometheus, "sum(shop_orders_placed_total)")) === sent,
        `${sent} orders at Prometheus`,
      );
    // Each worker has something to lose.
    for (const id of shop.ids) await order(1, id);
    await seen();

    for (let round = 0; round < 3; round++) {
      await order(10);
      await seen();
      // One is killed, between two scrapes or in one.
      const [first] = shop.ids;
      if (mode === "threads") {
        shop.tell({ tell: "terminate", id: first! });
        await shop.gone(first!);
      } else {
        await shop.kill(first!);
      }
      await order(4, shop.ids.at(-1));
      const id = await shop.startWorker();
      await order(5, id);
      // One ends in order before anybody has scraped what it counted last.
      const [second] = shop.ids;
      await order(6, second);
      await shop.do({ tell: "shutdown", id: second! });
      shop.tell({ tell: mode === "threads" ? "terminate" : "exit", id: second! });
      await shop.gone(second!);
      await shop.startWorker();
    }
    await seen();

    expect(await valueOf(prometheus, "sum(shop_orders_placed_total)")).toBe(sent);
    expect(await valueOf(prometheus, "sum(shop_order_value_count)")).toBe(sent);
    expect(await valueOf(prometheus, 'sum(shop_order_value_bucket{le="+Inf"})')).toBe(sent);
    for (const name of COUNTERS) {
      expect(await valueOf(prometheus, `sum(resets(${name}[10m]))`)).toBe(0);
    }
    const all = await samplesOf(prometheus, "shop_orders_placed_total[10m]");
    // As many streams as workers at a time, over ten processes or threads.
    expect(all).toHaveLength(by === "worker" ? 4 : 1);
    const first = all.reduce((sum, values) => sum + values[0]!, 0);
    const increase = all.reduce((sum, values) => sum + increaseOf(values), 0);
    expect(first + increase).toBe(sent);
    expect(await valueOf(prometheus, "min_over_time(up[10m])")).toBe(1);
    const infos = await prometheus.query("count(target_info)");
    expect(infos.map(({ value }) => value)).toEqual([1]);
  }, 120_000);
});

/** The value of a query with one answer; 0 where there is none. */
async function valueOf(prometheus: Prometheus, expression: string): Promise<number> {
  const answer = await prometheus.query(expression);
  expect(answer.length).toBeLessThan(2);
  return answer[0]?.value ?? 0;
}

/** The samples of each series of a range, in the order of time. */
async function samplesOf(prometheus: Prometheus, range: string): Promise<number[][]> {
  const response = await fetch(`${prometheus.url}/api/v1/query?query=${encodeURIComponent(range)}`);
  const { data } = (await response.json()) as {
    data: { result: { values: [number, string][] }[] };
  };
  return data.result.map(({ values }) => values.map(([, value]) => Number(value)));
}

/** How Prometheus counts: a step down is a restart at zero. */
function increaseOf(values: readonly number[]): number {
  return values
    .slice(1)
    .reduce(
      (sum, value, index) => sum + (value < values[index]! ? value : value - values[index]!),
      0,
    );
}
