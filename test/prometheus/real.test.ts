import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { beforeAll, describe, expect, it, vi } from "vitest";
import type { MetricStream } from "../../src/points/streams.ts";
import { createTaskmon, memoryAllocator } from "../../src/index.ts";
import { defineHistogram } from "../../src/metrics/index.ts";
import { prometheusReader, type PrometheusReader } from "../../src/prometheus/index.ts";
import { type Prometheus, promtoolPath, startPrometheus } from "../setup/prometheus.ts";
import { OPENMETRICS, PROTOBUF, stream, textOf, type Written } from "./streams.ts";

// What a real Prometheus makes of the three syntaxes: whatever it asks for, each path is answered in one.

const FORMATS = { text: "text/plain;version=0.0.4", openmetrics: OPENMETRICS, protobuf: PROTOBUF };
type FormatName = keyof typeof FORMATS;

const exemplar = {
  value: 0.7,
  timeMs: Date.now(),
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
};
const awkward = 'a"b\\c\nd é 漢 \uD800';
const metrics: readonly Written[] = [
  {
    name: "shop.orders",
    kind: "counter",
    series: [
      { attributes: { "shop.text": awkward }, value: 2 ** 53 - 1, exemplar },
      { value: 0.1 + 0.2 },
    ],
  },
  {
    name: "shop.load",
    kind: "gauge",
    unit: "%",
    series: [{ value: -Infinity }, { attributes: { a: 1 }, value: 1e21 }],
  },
  {
    name: "shop.wait",
    kind: "histogram",
    unit: "s",
    boundaries: [0.5, 1, 10],
    series: [
      { value: { counts: [1, 2, 1, 1], count: 5, sum: 33.25, exemplars: [undefined, exemplar] } },
    ],
  },
  {
    name: "shop.size",
    kind: "exponentialHistogram",
    unit: "By",
    series: [
      // (0.25, 0.5] once, (0.5, 1] thrice, zero twice.
      {
        value: {
          count: 6,
          sum: 2.5,
          scale: 0,
          zeroCount: 2,
          positive: { offset: -2, bucketCounts: [1, 3] },
          negative: { offset: 0, bucketCounts: [] },
        },
      },
      // At a scale that Prometheus does not have.
      {
        attributes: { fine: "yes" },
        value: {
          count: 4,
          sum: 5,
          scale: 10,
          zeroCount: 0,
          positive: { offset: 0, bucketCounts: [1, 1, 1, 1] },
          negative: { offset: 0, bucketCounts: [] },
        },
      },
    ],
  },
];

/** Of a Taskmon: the reader shows histograms with buckets as native ones too. */
function nativeReader(): PrometheusReader {
  const one = createTaskmon({
    target: { serviceName: "native", hostName: "h" },
    allocator: memoryAllocator(),
    http: false,
  });
  const spec = defineHistogram({
    ...{ service: "0xb1", id: "0x2", name: "shop.wait", help: "Waits.", unit: "s" },
    buckets: [1, 2],
  });
  const reader = one.attach(prometheusReader({ nativeHistograms: true }));
  // What an SDK brings has buckets alone.
  const provider = new MeterProvider({ readers: [reader] });
  one.setMeterProvider(provider);
  provider.getMeter("foreign").createHistogram("foreign.wait", { unit: "s" }).record(3);
  for (const value of [0, 0.75, 0.75, 3, 100]) one.metrics.histogram(spec).record(value);
  return reader;
}

describe("a real Prometheus", () => {
  let prometheus: Prometheus;

  beforeAll(async () => {
    const native = nativeReader();
    const streams = metrics.map(stream);
    const reader = prometheusReader() as ReturnType<typeof prometheusReader> & {
      setStreamSource(source: object): void;
    };
    reader.setStreamSource({
      collect: Reflect.get(reader, "collect"),
      own: () => ({
        resource: () => ({ attributes: { "service.name": "shop" } }),
        streams: streams as Iterable<MetricStream>,
        collect: () =>
          Promise.resolve({
            resourceMetrics: { resource: { attributes: {} }, scopeMetrics: [] },
            errors: [],
          }),
        others: () => [],
      }),
    });
    const server = createServer((request, response) => {
      if (request.url === "/native") return native.handler(request, response);
      request.headers.accept = FORMATS[(request.url ?? "").slice(1) as FormatName];
      reader.handler(request, response);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    prometheus = await startPrometheus({
      args: ["--enable-feature=native-histograms,exemplar-storage"],
      config: {
        global: { scrape_interval: "1s" },
        scrape_configs: [...Object.keys(FORMATS), "native"].map((name) => ({
          job_name: name,
          metrics_path: `/${name}`,
          static_configs: [{ targets: [`127.0.0.1:${port}`] }],
        })),
      },
    });
    // All were scraped, twice by now: a rate needs that, and so does a look at the last scrape.
    await vi.waitFor(
      async () => {
        const scraped = await prometheus.query("count_over_time(up[1m]) > 1");
        expect(scraped).toHaveLength(4);
      },
      { timeout: 60_000, interval: 200 },
    );
    return async () => {
      await prometheus.stop();
      server.closeAllConnections();
      server.close();
    };
  });

  const valueOf = async (expression: string): Promise<number[]> =>
    (await prometheus.query(expression)).map(({ value }) => value);

  it.each(["text", "openmetrics", "protobuf"] as const)(
    "reads %s as it was recorded",
    async (job) => {
      expect(await valueOf(`up{job="${job}"}`)).toEqual([1]);
      const [orders] = await prometheus.query(`shop_orders_total{job="${job}",shop_text!=""}`);
      expect(orders!.value).toBe(2 ** 53 - 1);
      expect(orders!.metric["shop_text"]).toBe(awkward.toWellFormed());
      expect(await valueOf(`shop_orders_total{job="${job}",shop_text=""}`)).toEqual([0.1 + 0.2]);
      expect(await valueOf(`count(shop_load_percent{job="${job}",a=""} == -Inf)`)).toEqual([1]);
      expect(await valueOf(`shop_load_percent{job="${job}",a="1"}`)).toEqual([1e21]);
      expect(await valueOf(`target_info{job="${job}",service_name="shop"}`)).toEqual([1]);
      expect(await valueOf(`shop_wait_seconds_sum{job="${job}"}`)).toEqual([33.25]);
      expect(await valueOf(`shop_wait_seconds_count{job="${job}"}`)).toEqual([5]);
      // Between 0.5 and 1, of which the second to the third of five measurements are.
      expect(
        await valueOf(`histogram_quantile(0.5, shop_wait_seconds_bucket{job="${job}"})`),
      ).toEqual([0.875]);
    },
  );

  it("reads exponential histograms as native ones", async () => {
    expect(await valueOf(`histogram_count(shop_size_bytes{job="protobuf",fine=""})`)).toEqual([6]);
    expect(await valueOf(`histogram_sum(shop_size_bytes{job="protobuf",fine=""})`)).toEqual([2.5]);
    expect(
      await valueOf(`histogram_fraction(0.5, 1, shop_size_bytes{job="protobuf",fine=""})`),
    ).toEqual([0.5]);
    const [quantile] = await valueOf(
      `histogram_quantile(0.75, shop_size_bytes{job="protobuf",fine=""})`,
    );
    expect(quantile).toBeCloseTo(0.75, 10);
    expect(await valueOf(`histogram_count(shop_size_bytes{job="protobuf",fine="yes"})`)).toEqual([
      4,
    ]);
    expect(await valueOf(`shop_size_bytes_count{job="text",fine="yes"}`)).toEqual([4]);
  });

  it("reads a histogram with buckets as a native one where the reader shows both", async () => {
    const ours = `shop_wait_seconds{job="native"}`;
    expect(await valueOf('up{job="native"}')).toEqual([1]);
    expect(await valueOf(`histogram_count(${ours})`)).toEqual([5]);
    expect(await valueOf(`histogram_sum(${ours})`)).toEqual([104.5]);
    // Finer than the buckets 1 and 2 can tell.
    expect(await valueOf(`histogram_fraction(0.5, 0.8, ${ours})`)).toEqual([2 / 5]);
    expect(await valueOf(`histogram_fraction(-1, 0.5, ${ours})`)).toEqual([1 / 5]);
    expect(await valueOf('foreign_wait_seconds_count{job="native"}')).toEqual([1]);
  });

  it.each(["openmetrics", "protobuf"])("keeps the exemplars of %s", async (job) => {
    for (const name of ["shop_orders_total", "shop_wait_seconds_bucket"]) {
      const now = Date.now() / 1_000;
      const url = `${prometheus.url}/api/v1/query_exemplars?query=${name}{job="${job}"}&start=${now - 600}&end=${now + 600}`;
      const { data } = (await (await fetch(url)).json()) as { data: { exemplars: object[] }[] };
      expect(data.flatMap(({ exemplars }) => exemplars)).toMatchObject([
        { labels: { trace_id: exemplar.traceId, span_id: exemplar.spanId }, value: "0.7" },
      ]);
    }
  });
});

it("passes promtool check metrics without a word", async () => {
  const text = await textOf(metrics, { resource: { "service.name": "shop" } });
  const { status, stdout, stderr } = spawnSync(promtoolPath(), ["check", "metrics"], {
    input: text,
    encoding: "utf8",
  });
  expect(`${stdout}${stderr}`).toBe("");
  expect(status).toBe(0);
});
