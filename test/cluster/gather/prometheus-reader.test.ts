import { MessageChannel } from "node:worker_threads";
import { expect, it, onTestFinished } from "vitest";
import { clusterScrape, shareScrape } from "../../../src/cluster/index.ts";
import type { Taskmon } from "../../../src/index.ts";
import { defineCounter, defineHistogram, hexNaming } from "../../../src/metrics/index.ts";
import { prometheusReader, type PrometheusReader } from "../../../src/prometheus/index.ts";
import { taskmon } from "../../prometheus/harness.ts";
import { parse, type Parsed } from "../../prometheus/parse.ts";
import { OPENMETRICS } from "../../prometheus/streams.ts";
import { until } from "../harness.ts";

// A primary and workers whose readers are ours, in one thread.

const service = { id: "0x77", name: "shop" };
const orders = defineCounter({
  ...{ service, id: "0x1", name: "shop.orders", help: "Orders.", unit: "{order}" },
  labels: { till: "int" },
  maxSeries: 50_000,
});
const wait = (buckets: readonly number[]) =>
  defineHistogram({
    ...{ service, id: "0x2", name: "shop.wait", help: "Waits.", unit: "s" },
    buckets: [...buckets],
  });

type Options = Parameters<typeof taskmon>[0];

function process(options: Options = {}): {
  readonly one: Taskmon;
  readonly reader: PrometheusReader;
} {
  const one = taskmon(options);
  return { one, reader: one.attach(prometheusReader()) };
}

/** A primary with one worker that reports. */
async function pair(options: Options = {}) {
  const primary = process(options);
  const worker = process(options);
  const { port1, port2 } = new MessageChannel();
  const scrape = clusterScrape(primary.reader, { followAll: false, maxSeries: 50_000 });
  scrape.add(port1);
  const share = shareScrape(worker.reader, { port: port2 });
  onTestFinished(() => {
    scrape.stop();
    port1.close();
    port2.close();
  });
  await until(() => share.connected, "a welcome");
  return { primary, worker, scrape, share };
}

const valueOf = ({ samples }: Parsed, name: string, le?: string): number | undefined =>
  samples.find((one) => one.name === name && one.labels["le"] === le)?.value;

it("lets the event loop run while long reports are read, sent, taken in and written", async () => {
  const { primary, worker } = await pair();
  const counters = [primary, worker].map(({ one }) => one.metrics.counter(orders));
  for (const counter of counters) {
    for (let till = 0; till < 10_000; till++) counter.add(1, { till });
  }
  let turns = 0;
  let isOver = false;
  const turn = (): void => {
    if (isOver) return;
    turns += 1;
    setImmediate(turn);
  };
  setImmediate(turn);
  const { samples } = parse(await primary.reader.text());
  isOver = true;
  const ours = samples.filter(({ name }) => name === "shop_orders_total");
  expect(ours).toHaveLength(10_000);
  expect(ours.every(({ value }) => value === 2)).toBe(true);
  // A batch of 500 series is sent, taken in, or read of the primary in a turn of its own.
  expect(turns).toBeGreaterThan(3 * 20);
});

it("keeps the original's names, whoever knows the specs", async () => {
  const { primary, worker } = await pair({ naming: hexNaming("op") });
  worker.one.metrics.counter(orders).add(3, { till: 1 });
  const text = parse(await primary.reader.text());
  expect(valueOf(text, "op_77_1")).toBe(3);
  const openMetrics = parse(await primary.reader.text({ accept: OPENMETRICS }));
  expect(openMetrics.types.get("op_77_1")).toBe("unknown");
});

it("shows the buckets that all have, also when others come while scrapes go on", async () => {
  const { primary, worker } = await pair();
  primary.one.metrics.histogram(wait([1, 2, 5])).record(1.5);
  const before = parse(await primary.reader.text());
  expect(valueOf(before, "shop_wait_seconds_bucket", "2")).toBe(1);
  worker.one.metrics.histogram(wait([2, 7])).record(1.5);
  const after = parse(await primary.reader.text());
  const bounds = after.samples.flatMap(({ name, labels }) =>
    name === "shop_wait_seconds_bucket" ? [labels["le"]] : [],
  );
  expect(bounds).toEqual(["2", "+Inf"]);
  expect(valueOf(after, "shop_wait_seconds_bucket", "2")).toBe(2);
  expect(valueOf(after, "shop_wait_seconds_count")).toBe(2);
});

it("answers for its own process again when stopped, from where its metrics are kept", async () => {
  const { primary, worker, scrape } = await pair();
  const source = Reflect.get(primary.reader, "streamSource") as object;
  primary.one.metrics.counter(orders).add(1, { till: 1 });
  worker.one.metrics.counter(orders).add(5, { till: 1 });
  expect(valueOf(parse(await primary.reader.text()), "shop_orders_total")).toBe(6);
  scrape.stop();
  expect(valueOf(parse(await primary.reader.text()), "shop_orders_total")).toBe(1);
  expect(Reflect.get(primary.reader, "streamSource")).not.toBe(source);
});

it("begins a report anew that the primary has given up, and passes over what does not follow", async () => {
  const primary = process();
  const { port1, port2 } = new MessageChannel();
  const scrape = clusterScrape(primary.reader, { followAll: false });
  scrape.add(port1);
  onTestFinished(() => {
    scrape.stop();
    port1.close();
    port2.close();
  });
  const say = (message: object): void =>
    port2.postMessage({ taskmon: "scrape", v: 1, session: "s", ...message });
  const counted = (value: number): object[] => [
    {
      name: "shop",
      metrics: [
        {
          ...{ name: "sold", type: 3, temporality: 1, monotonic: true },
          points: [[{}, [1, 0], [2, 0], value]],
        },
      ],
    },
  ];
  const part = (number: number, last: boolean, scopes: object[] = []): void =>
    say({ type: "report", part: number, last, scopes });
  port2.on("message", ({ type }: { type: string }) => {
    if (type !== "collect") return;
    part(0, false, counted(100));
    // Anew, in two parts whose points of one series are one, and one that belongs to nothing.
    part(0, false, counted(2));
    part(5, true, counted(1_000));
    part(1, true, counted(3));
  });
  say({ type: "hello" });
  await until(() => scrape.workers.length === 1, "the hello");
  expect(valueOf(parse(await primary.reader.text()), "sold_total")).toBe(5);
});
