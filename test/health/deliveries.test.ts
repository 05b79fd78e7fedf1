import { streamsFor } from "../metrics/streams-for.ts";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { PrometheusExporter } from "@opentelemetry/exporter-prometheus";
import { emptyResource } from "@opentelemetry/resources";
import {
  AggregationTemporality,
  MeterProvider,
  type MetricProducer,
  type ScopeMetrics,
} from "@opentelemetry/sdk-metrics";
import { expect, it, onTestFinished } from "vitest";
import { createTaskmon, memoryAllocator } from "../../src/index.ts";
import { hexNaming, MetricRegistry } from "../../src/metrics/index.ts";
import { startPrometheus } from "../setup/prometheus.ts";
import { setup, steady, switched, type Setup } from "./harness.ts";

interface Scraped extends Setup {
  /** What is scraped, without what differs from run to run. */
  scrape(): Promise<string>;
  readonly url: string;
}

/** Registers health checks whose metrics a Prometheus can scrape. */
async function scraped(
  delivery: "auto" | "instruments",
  naming: "names" | "hex",
): Promise<Scraped> {
  const form = naming === "hex" ? { naming: hexNaming("op") } : {};
  const registry = new MetricRegistry({ delivery, ...form });
  const producer = streamsFor(registry, () => AggregationTemporality.CUMULATIVE);
  const ours: MetricProducer = {
    collect: async () => ({
      resourceMetrics: {
        resource: emptyResource(),
        scopeMetrics: producer.collect(Date.now()) as ScopeMetrics[],
      },
      errors: [],
    }),
  };
  const options = { registry, originalGauges: naming === "hex" };
  const checks = setup(options);
  const exporter = new PrometheusExporter({ preventServerStart: true, metricProducers: [ours] });
  const views = registry.views;
  const provider = new MeterProvider({ readers: [exporter], views: views.read() });
  if (delivery === "instruments") registry.setMeterProvider(provider);
  const server = createServer((request, response) =>
    exporter.getMetricsRequestHandler(request, response),
  ).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await provider.shutdown();
  });
  const url = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const scrape = async (): Promise<string> => {
    const response = await fetch(`http://${url}/metrics`);
    const lines = (await response.text()).split("\n");
    // The order of families is the delivery's business.
    const ofHealth = lines.filter((line) => /health|op_e105/.test(line));
    return `${ofHealth
      .map((line) => line.replace(/otel_scope_version="[^"]*"/, 'otel_scope_version="x"'))
      .toSorted()
      .join("\n")}\n`;
  };
  return { ...checks, url, scrape };
}

/** One check that passes, one that failed three times, and one that has not run. */
async function history({ health, clock }: Setup): Promise<void> {
  const took = (ms: number) => () => new Promise<void>((resolve) => clock.after(ms, resolve));
  health.register("db", took(20), { ...steady, id: "0xa1" });
  health.register("cache", switched(true).check, { ...steady, id: "0xa2" });
  health.register("late", () => {}, { ...steady, id: "0xa3", initialDelayMs: 60_000 });
  await clock.advance(2_500);
}

it.each([
  ["instruments", "names"],
  ["auto", "names"],
  ["instruments", "hex"],
  ["auto", "hex"],
] as const)(
  "exposes its metrics through %s under %s as the golden file has them",
  async (delivery, naming) => {
    const health = await scraped(delivery, naming);
    await history(health);
    await expect(await health.scrape()).toMatchFileSnapshot(`golden/health-${naming}.txt`);
  },
);

it("takes every series of an unregistered check out of what a producer's readers get", async () => {
  const health = await scraped("auto", "names");
  await history(health);
  expect(await health.scrape()).toMatch(/"cache"/);
  health.health.unregister("cache");
  expect(await health.scrape()).not.toMatch(/"cache"/);
  expect(await health.scrape()).toMatch(/"db"/);
});

it("takes every series of an unregistered check out of what attached cumulative readers get", async () => {
  const taskmon = createTaskmon({
    target: { serviceName: "health", jobName: "unregistered" },
    allocator: memoryAllocator(),
    http: false,
  });
  const exporter = taskmon.attach(new PrometheusExporter({ preventServerStart: true }));
  const provider = new MeterProvider({ readers: [exporter] });
  taskmon.setMeterProvider(provider);
  onTestFinished(() => provider.shutdown());
  const { health, clock } = setup({ registry: taskmon.metrics });
  const series = async (): Promise<Set<unknown>> => {
    const { resourceMetrics } = await exporter.collect();
    return new Set(
      resourceMetrics.scopeMetrics
        .flatMap((scope) => scope.metrics)
        .flatMap((metric) =>
          metric.dataPoints.map(({ attributes }) => [metric, attributes] as const),
        )
        .filter(([, attributes]) => attributes["health.check.name"] === "cache")
        .map(([metric]) => metric.descriptor.name),
    );
  };
  await history({ health, clock } as Setup);
  health.pause("cache");
  expect(await series()).toEqual(
    new Set([
      "health.check.consecutive_failures",
      "health.check.status",
      "health.check.duration",
      "health.check.transitions",
    ]),
  );
  health.unregister("cache");
  expect(await series()).toEqual(new Set());
});

it("is read by a real Prometheus, in both namings", async () => {
  const names = await scraped("instruments", "names");
  const hex = await scraped("auto", "hex");
  await history(names);
  await history(hex);
  await using prometheus = await startPrometheus({
    config: {
      global: { scrape_interval: "1s" },
      scrape_configs: [
        { job_name: "names", static_configs: [{ targets: [names.url] }] },
        { job_name: "hex", static_configs: [{ targets: [hex.url] }] },
      ],
    },
  });
  const values = async (query: string): Promise<Record<string, number>> =>
    Object.fromEntries(
      (await prometheus.query(query)).map(({ metric, value }) => [
        metric["health_check_name"] ?? metric["healthcheck"],
        value,
      ]),
    );
  await expect
    .poll(() => values("health_check_consecutive_failures"), { timeout: 20_000, interval: 200 })
    .toEqual({ db: 0, cache: 3, late: -1 });
  await expect
    .poll(() => values("op_e105d0909fcc5ec5_844d7830332bffd3"), { timeout: 20_000, interval: 200 })
    .toEqual({ a1: 0, a2: 3, a3: -1 });
  expect(await values("op_e105d0909fcc5ec5_cd4260d6e89ad9c6")).toEqual({ a1: 20_000_000, a2: 0 });
  expect(await values('health_check_status{health_check_state="fail"} == 1')).toEqual({ cache: 1 });
  expect(await prometheus.query("up == 0")).toEqual([]);
}, 60_000);
