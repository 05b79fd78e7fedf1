import { once } from "node:events";
import { channel } from "node:diagnostics_channel";
import { readFileSync } from "node:fs";
import http, { type RequestListener, type Server, type ServerOptions } from "node:http";
import https from "node:https";
import { type AddressInfo, connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import type { Attributes } from "@opentelemetry/api";
import { DataPointType, MeterProvider, MetricReader } from "@opentelemetry/sdk-metrics";
import { afterEach, expect } from "vitest";
import { HttpMetricsInstrumentation, type HttpMetricsOptions } from "../../src/http/index.ts";

const cleanups: (() => unknown)[] = [];

/** Runs `cleanup` after the test, last registered first. */
export function afterTest(cleanup: () => unknown): void {
  cleanups.push(cleanup);
}

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

/** A reader that collects when it is asked to. */
export class ManualReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

export interface Point {
  readonly attributes: Attributes;
  readonly count: number;
  readonly sum: number;
}

/** What a reader exports of a histogram. */
export async function histogramPoints(
  reader: MetricReader,
  name = "http.server.request.duration",
): Promise<Point[]> {
  const { resourceMetrics } = await reader.collect();
  const points: Point[] = [];
  for (const metric of resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics)) {
    if (metric.descriptor.name !== name || metric.dataPointType !== DataPointType.HISTOGRAM)
      continue;
    for (const { attributes, value } of metric.dataPoints) {
      points.push({ attributes, count: value.count, sum: value.sum ?? Number.NaN });
    }
  }
  return points;
}

/** An instrumentation alone, bound to a real MeterProvider. */
export interface Measured {
  readonly instrumentation: HttpMetricsInstrumentation;
  readonly reader: ManualReader;
  /** Attributes with their counts, once `total` requests have been counted; no more may come. */
  counted(total: number): Promise<(Attributes & { count: number })[]>;
}

export function measure(options: HttpMetricsOptions = {}): Measured {
  const reader = new ManualReader();
  const provider = new MeterProvider({ readers: [reader] });
  const instrumentation = new HttpMetricsInstrumentation({ client: false, ...options });
  instrumentation.setMeterProvider(provider);
  afterTest(() => instrumentation.disable());
  return {
    instrumentation,
    reader,
    async counted(total) {
      const sum = async (): Promise<number> =>
        (await histogramPoints(reader)).reduce((all, point) => all + point.count, 0);
      await expect.poll(sum, { interval: 5 }).toBeGreaterThanOrEqual(total);
      await turns(5);
      expect(await sum()).toBe(total);
      const points = await histogramPoints(reader);
      return points.map(({ attributes, count }) => ({ ...attributes, count }));
    },
  };
}

/** A listening server that is closed after the test. */
export async function serve(
  handler: RequestListener,
  options: ServerOptions = {},
): Promise<{ server: Server; port: number }> {
  return await listen(http.createServer(options, handler));
}

/** Like {@link serve}, over TLS with a self-signed certificate. */
export async function serveTls(
  handler: RequestListener,
): Promise<{ server: Server; port: number }> {
  const file = (name: string): Buffer => readFileSync(new URL(`fixtures/${name}`, import.meta.url));
  return await listen(
    https.createServer({ key: file("test-key.pem"), cert: file("test-cert.pem") }, handler),
  );
}

async function listen(server: Server): Promise<{ server: Server; port: number }> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  afterTest(async () => {
    server.closeAllConnections();
    if (!server.listening) return;
    server.close();
    await once(server, "close");
  });
  return { server, port: (server.address() as AddressInfo).port };
}

/** A client that sends what it is told to the byte. */
export class RawClient {
  readonly socket: Socket;
  received = "";

  constructor(port: number) {
    this.socket = connect(port, "127.0.0.1");
    // A reset is what some tests are about.
    this.socket.on("error", () => {});
    this.socket.setEncoding("latin1").on("data", (part: string) => (this.received += part));
    afterTest(() => this.socket.destroy());
  }

  send(...lines: string[]): void {
    this.socket.write(lines.join("\r\n"));
  }

  /** Sends a whole request without a body. */
  get(path = "/", method = "GET"): void {
    this.send(`${method} ${path} HTTP/1.1`, "Host: test", "", "");
  }

  async receives(part: string): Promise<void> {
    await expect.poll(() => this.received, { interval: 2 }).toContain(part);
  }

  async closed(): Promise<void> {
    const { socket } = this;
    if (!socket.closed) await new Promise<void>((resolve) => socket.once("close", () => resolve()));
  }
}

/** A promise with its resolver, for "the handler was called". */
export function signal(): { readonly given: Promise<void>; give(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { given: promise, give: () => resolve() };
}

/** Lets the event loop go round. */
export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** What a reader exports of a metric that is a sum, by its attributes. */
export async function sums(
  reader: MetricReader,
  name: string,
): Promise<(Attributes & { value: number })[]> {
  const { resourceMetrics } = await reader.collect();
  return resourceMetrics.scopeMetrics
    .flatMap((scope) => scope.metrics)
    .filter(({ descriptor }) => descriptor.name === name)
    .flatMap(({ dataPoints }) => dataPoints as { attributes: Attributes; value: number }[])
    .map(({ attributes, value }) => ({ ...attributes, value }));
}

/** How many requests are active by now, of every method and scheme. */
export async function active(reader: MetricReader): Promise<number> {
  const points = await sums(reader, "http.server.active_requests");
  return points.reduce((all, { value }) => all + value, 0);
}

/** The channels that the instrumentation subscribes to for `node:http` servers. */
export const CHANNELS = ["http.server.request.start", "http.server.response.finish"];
/** Whether they have subscribers. */
export const subscribed = (): boolean[] => CHANNELS.map((name) => channel(name).hasSubscribers);

/** An instrumentation that is disabled after the test. */
export function create(
  ...options: ConstructorParameters<typeof HttpMetricsInstrumentation>
): HttpMetricsInstrumentation {
  const instrumentation = new HttpMetricsInstrumentation(...options);
  afterTest(() => instrumentation.disable());
  return instrumentation;
}

/** A real MeterProvider with its reader. */
export function provide(): { provider: MeterProvider; reader: ManualReader } {
  const reader = new ManualReader();
  return { provider: new MeterProvider({ readers: [reader] }), reader };
}

/** The body of an answer. */
export async function request(port: number): Promise<string> {
  return await new Promise<string>((resolve, reject) => {
    http
      .get({ port, host: "127.0.0.1", agent: false }, (response) => resolve(text(response)))
      .on("error", reject);
  });
}

/** The port of a server that answers. */
export async function hello(): Promise<number> {
  return (await serve((_request, response) => response.end("hello"))).port;
}

/** How many requests have been counted by now. */
export async function requests(reader: ManualReader): Promise<number> {
  await turns(3);
  return (await histogramPoints(reader)).reduce((all, { count }) => all + count, 0);
}
