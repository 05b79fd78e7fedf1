// Rate, errors, durations and sizes of a server's requests, by route, beside nothing but an SDK.
import { PrometheusExporter } from "@opentelemetry/exporter-prometheus";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import express from "express";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { startScrapeEndpoint } from "taskmon/scrape";
import { HttpMetricsInstrumentation, isProbeRequest } from "taskmon/http";

const exporter = new PrometheusExporter({ preventServerStart: true });
const provider = new MeterProvider({ readers: [exporter] });
// In a NodeSDK it stands in `instrumentations`, and createTaskmon brings it along.
const instrumentation = new HttpMetricsInstrumentation({
  server: {
    ignore: isProbeRequest,
    labels: ["shop.channel"],
    attributes: (request) => ({
      "shop.channel": request.headers["x-channel"] === "app" ? "app" : "web",
    }),
  },
  client: false,
});
instrumentation.setMeterProvider(provider);

const orders = express.Router();
orders.get("/:id", (request, response) => void response.json({ id: request.params.id }));
const app = express();
app.use("/shops/:shop/orders", orders);
app.get("/healthz", (_request, response) => void response.send("fine"));
const server = app.listen(0, "127.0.0.1");
await once(server, "listening");
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

for (const path of ["/shops/1/orders/7", "/shops/2/orders/8", "/wp-login.php", "/healthz"]) {
  await (await fetch(origin + path, { headers: { "x-channel": "app" } })).text();
}

// One series for the two orders, one for what matched no route, none for the health check.
const endpoint = await startScrapeEndpoint({ exporter, port: 0 });
if (!endpoint.state.listening) throw endpoint.state.error;
const exposition = await (await fetch(endpoint.state.url)).text();
console.log(exposition.match(/^http_server_request_duration_count.*$/gm)?.join("\n"));

await endpoint.stop();
instrumentation.disable();
server.closeAllConnections();
server.close();
await provider.shutdown();
