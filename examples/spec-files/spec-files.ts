// Metrics that are declared in a file, read at start, typed by `taskmon types`, and scraped.
import { PrometheusExporter } from "@opentelemetry/exporter-prometheus";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { join } from "node:path";
import { InstrumentsDelivery, MetricRegistry } from "taskmon/metrics";
import { loadMetricSpecs } from "taskmon/metrics/files";
import { startScrapeEndpoint } from "taskmon/scrape";
import type { Specs } from "./specs.ts";

// Throws one error with every problem of the file, each with its line and column.
const { byName, healthChecks } = await loadMetricSpecs<Specs>(
  join(import.meta.dirname, "metrics.yaml"),
);

const registry = new MetricRegistry();
const placed = registry.counter(byName["shop.orders.placed"]);
const checkout = registry.histogram(byName["shop.checkout.duration"]);

placed.add(1, { currency: "EUR", channel: "web" });
checkout.record(42, { channel: "web", returning: true });

const exporter = new PrometheusExporter({ preventServerStart: true });
const provider = new MeterProvider({ readers: [exporter] });
new InstrumentsDelivery(registry).bind(provider);

// A service would take the file's httpPort; 0 is any port that is free.
const endpoint = await startScrapeEndpoint({ exporter, port: 0 });
if (!endpoint.state.listening) throw endpoint.state.error;

const exposition = await (await fetch(endpoint.state.url)).text();
console.log(exposition.match(/^shop_.*$/gm)?.join("\n"));
console.log(`settings for ${healthChecks.length} health check`);

await endpoint.stop();
await provider.shutdown();
