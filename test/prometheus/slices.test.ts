import { expect, it } from "vitest";
import { clusterScrape } from "../../src/cluster/index.ts";
import { defineHistogram } from "../../src/metrics/index.ts";
import { prometheusReader } from "../../src/prometheus/index.ts";
import { taskmon } from "./harness.ts";
import { parse } from "./parse.ts";
import { OPENMETRICS } from "./streams.ts";

const SERIES = 4_000;
const wait = defineHistogram({
  service: "0xb1",
  id: "0x2",
  name: "shop.wait",
  help: "Waits.",
  unit: "s",
  buckets: [0.5, 1, 2],
  labels: { till: "int" },
  maxSeries: SERIES,
});

it("lets the event loop run while it writes, and shows each histogram of one moment", async () => {
  const { metrics, attach } = bound();
  const histogram = metrics.histogram(wait);
  const tills = Array.from({ length: SERIES }, (_, till) => histogram.bind({ till }));
  const recordAll = (): void => {
    for (const till of tills) till.record(1);
  };
  recordAll();
  const reader = attach();
  let turns = 0;
  let isOver = false;
  const turn = (): void => {
    if (isOver) return;
    turns++;
    recordAll();
    setImmediate(turn);
  };
  setImmediate(turn);
  const text = await reader.text();
  isOver = true;
  expect(turns).toBeGreaterThan(2);
  const values = new Map<string, number[]>();
  for (const { name, labels, value } of parse(text).samples) {
    if (!name.startsWith("shop_wait") || labels["le"] === "0.5") continue;
    const till = labels["till"]!;
    values.set(till, [...(values.get(till) ?? []), value]);
  }
  expect(values.size).toBe(SERIES);
  // Every measurement is 1: the buckets above it, the sum and the count are all their number.
  for (const all of values.values()) expect(new Set(all).size).toBe(1);
  expect(new Set([...values.values()].map(([value]) => value)).size).toBeGreaterThan(1);
});

it("writes what a cluster's scrape adds up, in every format", async () => {
  const { metrics, attach } = bound();
  metrics.histogram(wait).record(1, { till: 1 });
  const reader = attach();
  const before = parse(await reader.text({ accept: OPENMETRICS })).samples;
  const scrape = clusterScrape(reader);
  const after = parse(await reader.text({ accept: OPENMETRICS })).samples;
  scrape.stop();
  const ofShop = (samples: typeof before): unknown[] =>
    samples.filter(({ name }) => name.startsWith("shop_"));
  expect(ofShop(after)).toEqual(ofShop(before));
  expect(ofShop(after)).toHaveLength(6);
});

function bound(): Pick<ReturnType<typeof taskmon>, "metrics"> & {
  attach: () => ReturnType<typeof prometheusReader>;
} {
  const one = taskmon();
  return { metrics: one.metrics, attach: () => one.attach(prometheusReader()) };
}
