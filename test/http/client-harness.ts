import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import type { Attributes } from "@opentelemetry/api";
import { DataPointType, type MetricReader } from "@opentelemetry/sdk-metrics";
import { expect } from "vitest";
import {
  FetchMetricsInstrumentation,
  type FetchMetricsOptions,
  type HttpClientOptions,
  HttpMetricsInstrumentation,
  type HttpMetricsOptions,
} from "../../src/http/index.ts";
import { afterTest, type ManualReader, provide, turns } from "./harness.ts";

/** One series of a metric. `value` is the sum of a histogram's measurements. */
export interface Series {
  readonly attributes: Attributes;
  readonly count: number;
  readonly value: number;
}

/** What a reader exports of one metric; nothing where it has none. */
export async function seriesOf(reader: MetricReader, name: string): Promise<Series[]> {
  const { resourceMetrics } = await reader.collect();
  return resourceMetrics.scopeMetrics
    .filter(({ scope }) => scope.name.startsWith("taskmon"))
    .flatMap(({ metrics }) => metrics)
    .filter(({ descriptor }) => descriptor.name === name)
    .flatMap((metric): Series[] =>
      metric.dataPointType === DataPointType.HISTOGRAM
        ? metric.dataPoints.map(({ attributes, value }) => ({
            attributes,
            count: value.count,
            value: value.sum ?? Number.NaN,
          }))
        : metric.dataPoints.map(({ attributes, value }) => ({
            attributes,
            count: 1,
            value: value as number,
          })),
    );
}

/** The metrics of clients, measured alone. */
export interface MeasuredClients<I> {
  readonly instrumentation: I;
  readonly reader: ManualReader;
  /** The labels of all requests with their number, once `total` are over; no more may come. */
  counted(total: number): Promise<(Attributes & { count: number })[]>;
  /** The sum of body sizes and how many there are. */
  bytes(direction: "request" | "response"): Promise<{ count: number; sum: number }>;
  /** Active requests, those at zero left out. */
  active(): Promise<Series[]>;
  /** Open connections by state. */
  connections(): Promise<{ active: number; idle: number }>;
}

export function measureClient(
  options: HttpClientOptions & Pick<HttpMetricsOptions, "durations"> = {},
): MeasuredClients<HttpMetricsInstrumentation> {
  const { durations = "auto", ...given } = options;
  // Opt-in; on here, so that the tests see it.
  const client = { urlScheme: true, ...given };
  return measured(new HttpMetricsInstrumentation({ server: false, client, durations }));
}

export function measureFetch(
  options: FetchMetricsOptions = {},
): MeasuredClients<FetchMetricsInstrumentation> {
  return measured(new FetchMetricsInstrumentation({ urlScheme: true, ...options }));
}

function measured<I extends HttpMetricsInstrumentation | FetchMetricsInstrumentation>(
  instrumentation: I,
): MeasuredClients<I> {
  const { provider, reader } = provide();
  instrumentation.setMeterProvider(provider);
  afterTest(() => instrumentation.disable());
  const durations = (): Promise<Series[]> => seriesOf(reader, "http.client.request.duration");
  return {
    instrumentation,
    reader,
    async counted(total) {
      const sum = async (): Promise<number> =>
        (await durations()).reduce((all, { count }) => all + count, 0);
      await expect.poll(sum, { interval: 5 }).toBeGreaterThanOrEqual(total);
      await turns(5);
      expect(await sum()).toBe(total);
      return (await durations()).map(({ attributes, count }) => ({ ...attributes, count }));
    },
    async bytes(direction) {
      const all = await seriesOf(reader, `http.client.${direction}.body.size`);
      return {
        count: all.reduce((sum, { count }) => sum + count, 0),
        sum: all.reduce((sum, { value }) => sum + value, 0),
      };
    },
    async active() {
      const all = await seriesOf(reader, "http.client.active_requests");
      return all.filter(({ value }) => value !== 0);
    },
    async connections() {
      const all = await seriesOf(reader, "http.client.open_connections");
      const of = (state: string): number =>
        all
          .filter(({ attributes }) => attributes["http.connection.state"] === state)
          .reduce((sum, { value }) => sum + value, 0);
      return { active: of("active"), idle: of("idle") };
    },
  };
}

/** A server that does with each connection what it is told to, to the byte. */
export async function serveRaw(
  onConnection: (socket: Socket) => void,
): Promise<{ port: number; sockets: Set<Socket> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    // Resets are what some tests are about.
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    onConnection(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  afterTest(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, "close");
  });
  return { port: (server.address() as AddressInfo).port, sockets };
}

/** Answers every request on the connection with `response`, as soon as it has begun to come. */
export function answering(...response: string[]): (socket: Socket) => void {
  return (socket) => {
    socket.on("data", (part) => {
      if (/^[A-Z]+ /.test(part.toString("latin1"))) socket.write(response.join("\r\n"), "latin1");
    });
  };
}

/** A port on which nobody listens. */
export async function closedPort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
