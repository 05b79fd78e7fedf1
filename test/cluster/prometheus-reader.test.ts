import { expect, it, onTestFinished } from "vitest";
import { parse, type Parsed } from "../prometheus/parse.ts";
import { OPENMETRICS } from "../prometheus/streams.ts";
import { startPrometheus } from "../setup/prometheus.ts";
import { type ClusterShop, type ShopOptions, startShop, until } from "./shop.ts";

// A cluster and threads whose readers are ours: the scrape of all is written as that of one process is.

async function open(options: Pick<ShopOptions, "mode" | "prometheus">): Promise<ClusterShop> {
  // As long as it takes: here each worker is to answer.
  const scrape = { timeoutMs: 20_000 };
  const shop = await startShop({ workers: 2, allocator: "sqlite", scrape, ...options });
  onTestFinished(() => shop[Symbol.asyncDispose]());
  for (const [index, id] of shop.ids.entries()) {
    await shop.do({ tell: "order", id, count: 10 ** index });
  }
  return shop;
}

const valueOf = ({ samples }: Parsed, name: string, le?: string): number[] =>
  samples.filter((one) => one.name === name && one.labels["le"] === le).map(({ value }) => value);

it("answers for all workers of a cluster in text, in OpenMetrics, and in protobuf with native histograms", async () => {
  const shop = await open({ mode: "cluster", prometheus: {} });

  const text = parse(await shop.exposition("text/plain;version=0.0.4"));
  expect(text.types.get("shop_orders_placed_total")).toBe("counter");
  expect(valueOf(text, "shop_orders_placed_total")).toEqual([11]);
  expect(valueOf(text, "shop_order_value_bucket", "1")).toEqual([11]);
  expect(valueOf(text, "shop_order_size_bytes_count")).toEqual([11]);
  expect(valueOf(text, "shop_baskets")).toEqual([11]);
  expect(valueOf(text, "target_info")).toEqual([1]);
  expect(valueOf(text, "taskmon_task_number")).toEqual([(await shop.facts()).number]);

  const openMetrics = parse(await shop.exposition(OPENMETRICS));
  expect(openMetrics.isEnded).toBe(true);
  expect(openMetrics.types.get("shop_orders_placed")).toBe("counter");
  const led = openMetrics.samples.filter(({ exemplar }) => exemplar !== undefined);
  // The measurements of workers lead to their traces.
  expect(led.map(({ name }) => name)).toEqual([
    "shop_orders_placed_total",
    "shop_order_value_bucket",
  ]);
  expect(led[1]).toMatchObject({ labels: { le: "1.0" }, value: 11 });
  expect(led[1]!.exemplar).toMatch(/^\{trace_id="a{32}",span_id="b{16}"\} 0\.1 \d+/);

  // By itself it asks for protobuf.
  const prometheus = await startPrometheus({
    args: ["--enable-feature=native-histograms"],
    config: {
      global: { scrape_interval: "1s" },
      scrape_configs: [
        { job_name: "shop", static_configs: [{ targets: [new URL(shop.metricsUrl).host] }] },
      ],
    },
  });
  onTestFinished(() => prometheus[Symbol.asyncDispose]());
  const ask = async (expression: string): Promise<number[]> =>
    (await prometheus.query(expression)).map(({ value }) => value);
  await until(async () => (await ask("up")).includes(1), "a scrape");
  expect(await ask("histogram_count(shop_order_size_bytes)")).toEqual([11]);
  expect(await ask("histogram_sum(shop_order_size_bytes)")).toEqual([33]);
  expect(await ask("shop_orders_placed_total")).toEqual([11]);
  // As it writes the bounds of protobuf.
  expect(await ask('shop_order_value_bucket{le="1.0"}')).toEqual([11]);
});

it("names the metrics of threads as the reader's strategy says, and keeps what one counted that ends", async () => {
  const prometheus = { translationStrategy: "NoTranslation" } as const;
  const shop = await open({ mode: "threads", prometheus });
  const scrape = async (): Promise<Parsed> =>
    parse(await shop.exposition("text/plain;version=1.0.0;escaping=allow-utf-8"));
  expect(valueOf(await scrape(), "shop.orders.placed")).toEqual([11]);
  const [, last] = shop.ids;
  shop.tell({ tell: "terminate", id: last! });
  await shop.gone(last!);
  const after = await scrape();
  expect(valueOf(after, "shop.orders.placed")).toEqual([11]);
  expect(valueOf(after, "shop.order.value_count")).toEqual([11]);
  expect(valueOf(after, "shop.baskets")).toEqual([1]);
});
