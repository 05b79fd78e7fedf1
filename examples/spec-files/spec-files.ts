// Metrics that are declared in a file, read at start, typed by `taskmon types`, and scraped.
import { PrometheusExporter } from "@opentelemetry/exporter-prometheus";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { join } from "node:path";
import { Health } from "taskmon/health";
import { MetricRegistry } from "taskmon/metrics";
import { loadAndRegister } from "taskmon/metrics/files";
import { startScrapeEndpoint } from "taskmon/scrape";
import type { Specs } from "./specs.ts";

// Throws one error with every problem of the file, each with its line and column.
const registry = new MetricRegistry();
const specs = await loadAndRegister<Specs>(registry, join(import.meta.dirname, "metrics.yaml"));
const { handles } = specs;

handles["shop.orders.placed"].add(1, { currency: "EUR", channel: "web" });
handles["shop.checkout.duration"].record(42, { channel: "web", returning: true });

const exporter = new PrometheusExporter({ preventServerStart: true });
const provider = new MeterProvider({ readers: [exporter] });
registry.setMeterProvider(provider);

// A service would take the file's httpPort; 0 is any port that is free.
const endpoint = await startScrapeEndpoint({ exporter, port: 0 });
if (!endpoint.state.listening) throw endpoint.state.error;

const exposition = await (await fetch(endpoint.state.url)).text();
console.log(exposition.match(/^shop_.*$/gm)?.join("\n"));

// What the file says of a check wins over the code.
const health = new Health({ registry, overrides: specs });
health.register("warehouse", () => {}, { intervalMs: 5_000, id: "0xd6f28b4e91a05c37" });
const { intervalMs, timeoutMs } = health.spec("warehouse");
console.log(`the warehouse is checked every ${intervalMs} ms, for ${timeoutMs} ms at most`);
await health.shutdown();

await endpoint.stop();
await provider.shutdown();
