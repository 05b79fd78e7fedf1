import { PrometheusExporter } from "@opentelemetry/exporter-prometheus";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { readFileSync } from "node:fs";
import { request as httpRequest, type IncomingHttpHeaders, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { SCRAPE_EVENTS } from "../../src/prometheus/endpoint/events.ts";
import {
  type ScrapeEndpoint,
  type ScrapeEndpointOptions,
  type ScrapeEvent,
  startScrapeEndpoint,
} from "../../src/scrape/index.ts";

/** A real exporter on a real provider with one counter, `orders_total` 1. */
export function exporter(): { exporter: PrometheusExporter; provider: MeterProvider } {
  const reader = new PrometheusExporter({ preventServerStart: true });
  const provider = new MeterProvider({ readers: [reader] });
  provider.getMeter("test").createCounter("orders", { description: "Orders ✓" }).add(1);
  onTestFinished(() => provider.shutdown());
  return { exporter: reader, provider };
}

/** An endpoint on a free port that ends with the test, and the events that it tells from then on. */
export async function endpoint(
  options: Partial<ScrapeEndpointOptions> = {},
): Promise<{ endpoint: ScrapeEndpoint; url: string; port: number; events: ScrapeEvent[] }> {
  const events: ScrapeEvent[] = [];
  const started = await startScrapeEndpoint({
    exporter: options.exporter ?? exporter().exporter,
    port: 0,
    ...options,
  });
  for (const event of Object.keys(SCRAPE_EVENTS) as (keyof typeof SCRAPE_EVENTS)[]) {
    started.on(event, (detail) => events.push(detail));
  }
  onTestFinished(() => started.stop());
  const { state } = started;
  return state.listening
    ? { endpoint: started, url: state.url, port: state.port, events }
    : { endpoint: started, url: "", port: 0, events };
}

/** A whole HTTP answer. */
export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Sends one request on a connection of its own. */
export function send(
  url: string,
  options: RequestOptions & { ca?: Buffer; cert?: Buffer; key?: Buffer } = {},
): Promise<Reply> {
  const request = url.startsWith("https:") ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    request(url, { agent: false, ...options }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const { statusCode, headers } = response;
        resolve({ status: statusCode!, headers, body: Buffer.concat(chunks) });
      });
    })
      .on("error", reject)
      .end();
  });
}

/** A server that has a port. It ends with the test. */
export async function occupyPort(): Promise<{ server: Server; port: number }> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return { server, port: (server.address() as AddressInfo).port };
}

/** A raw connection. It ends with the test. */
export async function dial(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  await once(socket, "connect");
  onTestFinished(() => void socket.destroy());
  return socket;
}

/** The bytes of a file of keys and certificates. */
export function pem(name: string): Buffer {
  const folder = name.startsWith("test-") ? "../http/fixtures" : "fixtures";
  return readFileSync(join(import.meta.dirname, folder, name));
}
