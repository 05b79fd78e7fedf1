import { connect } from "node:net";
import { once } from "node:events";
import { gunzipSync } from "node:zlib";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { describe, expect, it, onTestFinished } from "vitest";
import { defineCounter, defineGauge, defineHistogram, hexNaming } from "../../src/metrics/index.ts";
import {
  prometheusReader,
  type PrometheusOptions,
  type PrometheusReader,
} from "../../src/prometheus/index.ts";
import { InvalidOptionError } from "../../src/shared/errors.ts";
import { manualClock } from "../../src/testing/manual-clock.ts";
import { send } from "../scrape/harness.ts";
import { listen, serve, taskmon } from "./harness.ts";
import { parse } from "./parse.ts";
import { OPENMETRICS, PROTOBUF } from "./streams.ts";

const orders = defineCounter({
  service: "0xb1",
  id: "0x1",
  name: "shop.orders",
  help: "Orders.",
  unit: "{order}",
  labels: ["currency"],
});
const wait = defineHistogram({
  service: "0xb1",
  id: "0x2",
  name: "shop.wait",
  help: "Waits.",
  unit: "s",
  buckets: [1, 2],
});

/** A reader on a provider of the SDK, whose own counter is at 2. */
function withSdk(options?: PrometheusOptions): {
  reader: PrometheusReader;
  provider: MeterProvider;
} {
  const reader = prometheusReader(options);
  const resource = resourceFromAttributes({ "service.name": "shop", "service.version": "7" });
  const provider = new MeterProvider({ readers: [reader], resource });
  onTestFinished(() => provider.shutdown());
  provider
    .getMeter("foreign", "2")
    .createCounter("foreign.jobs", { unit: "{job}" })
    .add(2, { a: 1 });
  return { reader, provider };
}

describe("alone on an SDK", () => {
  it("shows what the SDK collects, with units, scopes and the resource", async () => {
    const { reader, provider } = withSdk();
    const meter = provider.getMeter("foreign", "2");
    meter
      .createHistogram("foreign.time", { unit: "ms", advice: { explicitBucketBoundaries: [1, 5] } })
      .record(3);
    meter.createUpDownCounter("foreign.open").add(-2);
    meter
      .createObservableGauge("foreign.heat", { unit: "Cel" })
      .addCallback((result) => result.observe(21.5));
    const { samples, types } = parse(await reader.text());
    expect(samples).toMatchObject([
      { name: "target_info", labels: { service_name: "shop", service_version: "7" }, value: 1 },
      {
        name: "foreign_jobs_total",
        labels: { a: "1", otel_scope_name: "foreign", otel_scope_version: "2" },
        value: 2,
      },
      { name: "foreign_time_milliseconds_bucket", labels: { le: "1" }, value: 0 },
      { name: "foreign_time_milliseconds_bucket", labels: { le: "5" }, value: 1 },
      { name: "foreign_time_milliseconds_bucket", labels: { le: "+Inf" }, value: 1 },
      { name: "foreign_time_milliseconds_sum", value: 3 },
      { name: "foreign_time_milliseconds_count", value: 1 },
      { name: "foreign_open", value: -2 },
      { name: "foreign_heat_celsius", value: 21.5 },
    ]);
    expect(types.get("foreign_open")).toBe("gauge");
  });

  it("shows what changed since, and what a producer beside the SDK brings", async () => {
    const { reader, provider } = withSdk();
    const jobs = provider.getMeter("foreign", "2").createCounter("foreign.jobs", { unit: "{job}" });
    await reader.text();
    jobs.add(5, { a: 1 });
    jobs.add(1, { a: 2 });
    const { samples } = parse(await reader.text());
    expect(samples.slice(1)).toMatchObject([{ value: 7 }, { labels: { a: "2" }, value: 1 }]);
    const beside = prometheusReader({ metricProducers: [reader] });
    expect(parse(await beside.text()).samples.slice(1)).toMatchObject([{ value: 7 }, { value: 1 }]);
  });

  it("leaves one failing callback out, and says so once", async () => {
    const told = listen();
    const { reader, provider } = withSdk();
    provider
      .getMeter("x")
      .createObservableGauge("broken")
      .addCallback(() => {
        throw new Error("no heat");
      });
    expect(await reader.text()).toContain("foreign_jobs_total");
    expect(await reader.text()).toContain("foreign_jobs_total");
    expect(told.filter((line) => line.includes("no heat"))).toHaveLength(1);
  });

  it("answers 503 in time where a callback hangs", async () => {
    const told = listen();
    const clock = manualClock();
    const { reader, provider } = withSdk({ clock, timeoutMs: 1_000 });
    const asked = new Promise<void>((resolve) => {
      provider
        .getMeter("x")
        .createObservableGauge("slow")
        .addCallback(() => {
          resolve();
          return new Promise(() => {});
        });
    });
    const answer = reader.respond(new Request("http://localhost/metrics"));
    await asked;
    await clock.advance(600);
    expect((await answer).status).toBe(503);
    expect(told.filter((line) => line.includes("A scrape could not be answered"))).toHaveLength(1);
  });

  it("answers an Accept header of 64 kB", async () => {
    const accept = `${"text/odd;q=1,".repeat(5_000)}${OPENMETRICS}`;
    const { reader } = withSdk();
    const request = new Request("http://localhost/metrics", { headers: { accept } });
    const response = await reader.respond(request);
    // Of what is beyond the first 4 kB nothing is read.
    expect(response.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(await response.text()).toContain("foreign_jobs_total");
  });

  it("belongs to one provider, and answers nothing after its shutdown", async () => {
    const { reader, provider } = withSdk();
    expect(() => new MeterProvider({ readers: [reader] })).toThrow(/belongs to a MeterProvider/);
    await provider.forceFlush();
    await provider.shutdown();
    expect(parse(await reader.text()).samples.filter(({ name }) => name !== "target_info")).toEqual(
      [],
    );
  });

  it.each([
    ["translationStrategy", "Else"],
    ["resourceConstantLabels", [1]],
    ["metricProducers", [{}]],
    ["aggregationSelector", 1],
    ["timeoutMs", 0],
    ["unitSuffixes", "no"],
    ["port", 9464],
  ])("refuses %s %j", (option, value) => {
    expect(() => prometheusReader({ [option]: value })).toThrow(InvalidOptionError);
  });
});

describe("attached to a Taskmon", () => {
  it("shows our metrics where they are kept, beside the SDK's, under the number", async () => {
    const { metrics, ...rest } = parts();
    metrics.counter(orders).add(3, { currency: "EUR" });
    metrics.histogram(wait).record(1.5);
    const { samples } = parse(await rest.reader.text());
    const of = (name: string): unknown => samples.find((sample) => sample.name === name);
    expect(of("target_info")).toMatchObject({
      labels: { service_name: "shop", taskmon_task_number: "0" },
    });
    expect(of("shop_orders_total")).toMatchObject({ labels: { currency: "EUR" }, value: 3 });
    expect(of("shop_wait_seconds_sum")).toMatchObject({ value: 1.5 });
    expect(of("foreign_jobs_total")).toMatchObject({ value: 2 });
    metrics.counter(orders).remove({ currency: "EUR" });
    expect(await rest.reader.text()).not.toContain("shop_orders_total");
  });

  it("gives the same whichever way it reads them", async () => {
    const { reader, metrics } = parts();
    metrics.counter(orders).add(3, { currency: "EUR" });
    metrics.histogram(wait).record(1.5);
    const gauge = metrics.gauge(
      defineGauge({ service: "0xb1", id: "0x3", name: "shop.load", help: "Load.", unit: "%" }),
    );
    gauge.set(0.25);
    const direct = parse(await reader.text());
    const attached = reader.collect;
    // Somebody has put another one before it, as clusterScrape() does.
    reader.collect = (options) => attached.call(reader, options);
    const collected = parse(await reader.text());
    const ours = ({ name }: { name: string }): boolean => /shop_|foreign_|target_/.test(name);
    const sorted = (all: typeof direct): unknown[] =>
      all.samples
        .filter(ours)
        .map((sample) => JSON.stringify(sample))
        .toSorted((a, b) => (a < b ? -1 : 1));
    expect(sorted(direct)).toEqual(sorted(collected));
    expect(sorted(direct).length).toBeGreaterThan(6);
  });

  it("keeps the original's names, without suffixes, in text and in OpenMetrics", async () => {
    const { reader, metrics } = parts({
      naming: hexNaming("op"),
      constantLabels: { instance: "none" },
    });
    metrics.counter(orders).add(3, { currency: "EUR" });
    metrics.histogram(wait).record(1.5);
    const text = parse(await reader.text());
    expect(text.types.get("op_b1_1")).toBe("counter");
    expect(text.samples.find(({ name }) => name === "op_b1_1")!.labels).toMatchObject({
      currency: "EUR",
      svc: "b1",
    });
    expect(text.samples.map(({ name }) => name)).toContain("op_b1_2_bucket");
    expect(parse(await reader.text({ accept: OPENMETRICS })).types.get("op_b1_1")).toBe("unknown");
  });

  it("answers with ours while a callback of the SDK's hangs, and does not ask it again meanwhile", async () => {
    const told = listen();
    const clock = manualClock();
    const { reader, metrics, provider } = parts({}, { clock, timeoutMs: 1_000 });
    metrics.counter(orders).add(3, { currency: "EUR" });
    let go!: () => void;
    const hangs = new Promise<void>((resolve) => (go = resolve));
    const asked = new Promise<void>((resolve) => {
      provider
        .getMeter("x")
        .createObservableGauge("slow")
        .addCallback(() => {
          resolve();
          return hangs;
        });
    });
    const text = reader.text();
    await asked;
    await clock.advance(600);
    expect(await text).toContain('shop_orders_total{currency="EUR"');
    expect(await text).not.toContain("foreign_jobs");
    go();
    expect(told.join()).toMatch(/could not collect|could not be collected/);
  });

  function parts(options = {}, readerOptions?: PrometheusOptions) {
    const one = taskmon(options);
    const { reader, provider } = withSdk(readerOptions);
    one.attach(reader);
    one.setMeterProvider(provider);
    return { reader, provider, metrics: one.metrics };
  }
});

describe("over HTTP", () => {
  it("answers in the format that is asked for, compressed where it is taken", async () => {
    const { reader, provider } = withSdk();
    const jobs = provider.getMeter("foreign").createCounter("many");
    for (let index = 0; index < 100; index++) jobs.add(1, { index });
    const url = await serve(reader.handler);
    const plain = await send(url);
    expect(plain.status).toBe(200);
    expect(plain.headers).toMatchObject({
      "content-type": "text/plain; version=0.0.4; charset=utf-8",
      "content-length": String(plain.body.length),
      vary: "Accept, Accept-Encoding",
    });
    expect(parse(plain.body.toString()).samples).toHaveLength(102);
    const gzipped = await send(url, {
      headers: { accept: OPENMETRICS, "accept-encoding": "gzip" },
    });
    expect(gzipped.headers["content-encoding"]).toBe("gzip");
    expect(gzipped.headers["content-type"]).toMatch(
      /^application\/openmetrics-text; version=1.0.0/,
    );
    expect(parse(gunzipSync(gzipped.body).toString()).isEnded).toBe(true);
    const binary = await send(url, { headers: { accept: PROTOBUF } });
    expect(binary.headers["content-type"]).toMatch(/^application\/vnd.google.protobuf/);
  });

  it("compresses a Response, but not for Next.js, which compresses by itself and drops the header", async () => {
    const { reader, provider } = withSdk();
    const jobs = provider.getMeter("foreign").createCounter("many");
    for (let index = 0; index < 100; index++) jobs.add(1, { index });
    const asked = (): Request =>
      new Request("http://localhost/metrics", { headers: { "accept-encoding": "gzip" } });
    const answer = await reader.respond(asked());
    expect(answer.headers.get("content-encoding")).toBe("gzip");
    const text = gunzipSync(await answer.arrayBuffer()).toString();
    const nextAnswer = await reader.respond(Object.assign(asked(), { nextUrl: {} }));
    expect(nextAnswer.headers.get("content-encoding")).toBeNull();
    expect(parse(await nextAnswer.text()).samples).toHaveLength(parse(text).samples.length);
  });

  it("answers HEAD without collecting, and other methods with 405", async () => {
    const { reader, provider } = withSdk();
    let asked = 0;
    provider
      .getMeter("x")
      .createObservableGauge("g")
      .addCallback(() => void asked++);
    const url = await serve(reader.handler);
    const head = await send(url, { method: "HEAD", headers: { accept: OPENMETRICS } });
    expect(head.status).toBe(200);
    expect(head.headers["content-type"]).toMatch(/openmetrics/);
    expect((await send(url, { method: "POST" })).status).toBe(405);
    expect(asked).toBe(0);
  });

  it("answers in the style of fetch", async () => {
    const { reader } = withSdk();
    const url = "http://localhost/metrics";
    const response = await reader.respond(new Request(url));
    expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(await response.text()).toBe(await reader.text());
    const open = await reader.respond(new Request(url, { headers: { accept: OPENMETRICS } }));
    expect((await open.text()).endsWith("# EOF\n")).toBe(true);
    expect((await reader.respond(new Request(url, { method: "POST" }))).status).toBe(405);
    const head = await reader.respond(new Request(url, { method: "HEAD" }));
    expect(await head.text()).toBe("");
  });

  it("collects once for scrapers that come at once", async () => {
    const { reader, provider } = withSdk();
    let asked = 0;
    provider
      .getMeter("x")
      .createObservableGauge("g")
      .addCallback((result) => result.observe(++asked));
    const all = await Promise.all(Array.from({ length: 50 }, () => reader.text()));
    expect(asked).toBe(1);
    expect(new Set(all).size).toBe(1);
    await reader.text();
    expect(asked).toBe(2);
  });

  it("cuts a scraper off that does not read, at its time limit, and lets its memory go", async () => {
    const clock = manualClock();
    const { reader, provider } = withSdk({ clock, timeoutMs: 5_000 });
    const jobs = provider.getMeter("foreign").createCounter("many");
    const long = "x".repeat(30_000);
    for (let index = 0; index < 300; index++) jobs.add(1, { index, long });
    const url = new URL(await serve(reader.handler));
    const sockets = Array.from({ length: 20 }, () => connect(Number(url.port), "127.0.0.1"));
    const closed = Promise.all(
      sockets.map((socket) =>
        once(
          socket.on("error", () => {}),
          "close",
        ),
      ),
    );
    for (const socket of sockets) socket.pause().write("GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n");
    // 9 MB are on their way; a further format is one more exposition, then it is enough.
    await reader.text({ accept: OPENMETRICS });
    await clock.advance(6_000);
    for (const socket of sockets) socket.resume();
    await closed;
    expect(await reader.text()).toContain("many_total");
  });

  it("answers 503 where nothing can be collected", async () => {
    const told = listen();
    const reader = prometheusReader();
    reader.setMetricProducer({ collect: () => Promise.reject(new Error("no SDK")) });
    const url = await serve(reader.handler);
    const { status, headers, body } = await send(url);
    expect(status).toBe(503);
    expect(headers["retry-after"]).toBe("1");
    expect(body.toString()).toBe("The metrics could not be collected\n");
    expect((await reader.respond(new Request(url))).status).toBe(503);
    expect(told.filter((line) => line.includes("no SDK"))).toHaveLength(1);
  });
});
