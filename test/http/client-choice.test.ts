import { channel } from "node:diagnostics_channel";
import http from "node:http";
import { context, diag, type DiagLogger, DiagLogLevel } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { suppressTracing } from "@opentelemetry/core";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { describe, expect, it, vi } from "vitest";
import {
  type ClientRequestView,
  FetchMetricsInstrumentation,
  type HttpClientOptions,
  isTracingSuppressed,
} from "../../src/http/index.ts";
import { InvalidOptionError } from "../../src/shared/errors.ts";
import { measureClient, measureFetch, seriesOf } from "./client-harness.ts";
import { afterTest, serve } from "./harness.ts";

const get = (port: number, path = "/"): Promise<void> =>
  new Promise((resolve, reject) => {
    http
      .get({ host: "127.0.0.1", port, path, agent: false }, (response) => {
        response.resume().on("close", () => setImmediate(resolve));
      })
      .on("error", reject);
  });

const fetchText = async (port: number, path = "/"): Promise<void> => {
  await (await fetch(`http://127.0.0.1:${port}${path}`)).text();
};

function captureDiag(): string[] {
  const lines: string[] = [];
  const take = (...parts: unknown[]): void => void lines.push(parts.map(String).join(" "));
  const logger: DiagLogger = { error: take, warn: take, info: take, debug: take, verbose: take };
  diag.setLogger(logger, { logLevel: DiagLogLevel.INFO, suppressOverrideMessage: true });
  afterTest(() => diag.disable());
  return lines;
}

const CHANNELS: Readonly<Record<string, readonly string[]>> = {
  client: [
    "http.client.request.created",
    "http.client.request.error",
    "http2.client.stream.created",
    "http2.client.stream.start",
    "http2.client.stream.finish",
    "http2.client.stream.close",
    "undici:client:connected",
  ],
  fetch: [
    "undici:request:create",
    "undici:request:headers",
    "undici:request:trailers",
    "undici:request:error",
    "undici:client:connected",
    "undici:client:sendHeaders",
  ],
};

const METRICS = [
  "http.client.request.duration",
  "http.client.request.body.size",
  "http.client.response.body.size",
  "http.client.active_requests",
  "http.client.open_connections",
];

describe.each([
  ["node:http", get, (options: HttpClientOptions) => measureClient(options), "client"],
  ["fetch", fetchText, (options: HttpClientOptions) => measureFetch(options), "fetch"],
])("of the requests by %s", (_name, send, measure, side) => {
  const hello = async (): Promise<number> =>
    (await serve((_request, response) => response.end("hello"))).port;

  it("those that are ignored count nowhere", async () => {
    const seen: ClientRequestView[] = [];
    const { counted, active } = measure({
      ignore(request) {
        seen.push(request);
        return request.path === "/no?x=1";
      },
    });
    const port = await hello();
    await send(port, "/no?x=1");
    await send(port, "/yes");
    await counted(1);
    expect(await active()).toEqual([]);
    const view = { method: "GET", scheme: "http", host: "127.0.0.1", port };
    expect(seen).toEqual([
      { ...view, path: "/no?x=1" },
      { ...view, path: "/yes" },
    ]);
  });

  it("each gets the labels that are declared, and no others", async () => {
    const { counted, reader } = measure({
      labels: { "peer.service": "string", attempt: "int" },
      attributes: ({ path }, { statusCode }) => ({
        "peer.service": path.slice(1),
        attempt: "no number",
        other: "undeclared",
        ...(statusCode === 200 && { attempt: 1 }),
      }),
    });
    const { port } = await serve((request, response) => {
      response.writeHead(request.url === "/a" ? 200 : 404).end();
    });
    await send(port, "/a");
    await send(port, "/b");
    expect(
      (await counted(2)).map(({ "peer.service": peer, attempt, other }) => [peer, attempt, other]),
    ).toEqual([
      ["a", 1, undefined],
      ["b", undefined, undefined],
    ]);
    const sizes = await seriesOf(reader, "http.client.response.body.size");
    expect(sizes.map(({ attributes }) => attributes["peer.service"])).toEqual(["a", "b"]);
  });

  it("each goes on where a hook throws, which is counted and said once", async () => {
    const lines = captureDiag();
    const broken = (): never => {
      throw new Error("the hook is broken");
    };
    const { counted, reader } = measure({ ignore: broken, attributes: broken, labels: ["x"] });
    const port = await hello();
    await send(port);
    await send(port);
    await counted(2);
    expect(lines.filter((line) => line.includes("the hook is broken"))).toHaveLength(2);
    expect(lines.some((line) => line.includes(`${side}.ignore`))).toBe(true);
    expect(lines.some((line) => line.includes(`${side}.attributes`))).toBe(true);
    expect(await seriesOf(reader, "taskmon.measurements.dropped")).toMatchObject([
      { attributes: { "taskmon.reason": "hook_failed" }, value: 4 },
    ]);
  });

  it.each(METRICS.map((name, index) => [name, index] as const))(
    "%s is on or off by itself",
    async (name, index) => {
      const keys = [
        "requestDuration",
        "requestBodySize",
        "responseBodySize",
        "activeRequests",
        "openConnections",
      ] as const;
      const metrics = Object.fromEntries(keys.map((key, at) => [key, at === index]));
      const { reader } = measure({ metrics });
      const port = await hello();
      await send(port);
      const has = async (metric: string): Promise<boolean> =>
        (await seriesOf(reader, metric)).length > 0;
      await expect.poll(() => has(name)).toBe(true);
      for (const other of METRICS)
        expect([other, await has(other)]).toEqual([other, other === name]);
    },
  );

  it("those in a suppressed context are left out where that is wished", async () => {
    const manager = new AsyncLocalStorageContextManager().enable();
    context.setGlobalContextManager(manager);
    afterTest(() => context.disable());
    const { counted } = measure({ ignore: isTracingSuppressed });
    const port = await hello();
    await context.with(suppressTracing(context.active()), () => send(port));
    await send(port);
    await counted(1);
  });

  it("a fault of the telemetry does not reach the program", async () => {
    captureDiag();
    const uncaught = vi.fn();
    process.on("uncaughtException", uncaught);
    afterTest(() => process.off("uncaughtException", uncaught));
    const { counted, reader, active } = measure({});
    for (const name of CHANNELS[side]!) {
      for (const message of [undefined, {}, { request: {} }, { request: {}, socket: {} }, "text"]) {
        channel(name).publish(message);
      }
    }
    await send(await hello());
    await counted(1);
    expect(await active()).toEqual([]);
    const [dropped] = await seriesOf(reader, "taskmon.measurements.dropped");
    expect(dropped).toMatchObject({ attributes: { "taskmon.reason": "failed" } });
    expect(dropped!.value).toBeGreaterThan(0);
    expect(uncaught).not.toHaveBeenCalled();
  });
});

it("the SDK's own exports count as any request, and need not", async () => {
  const manager = new AsyncLocalStorageContextManager().enable();
  context.setGlobalContextManager(manager);
  afterTest(() => context.disable());
  const { port } = await serve((request, response) => {
    request.resume().on("end", () => response.writeHead(200).end("{}"));
  });
  const push = async (): Promise<void> => {
    const provider = new MeterProvider({
      readers: [
        new PeriodicExportingMetricReader({
          exporter: new OTLPMetricExporter({ url: `http://127.0.0.1:${port}/v1/metrics` }),
          exportIntervalMillis: 60_000,
        }),
      ],
    });
    provider.getMeter("a").createCounter("b").add(1);
    await provider.shutdown();
  };
  const counting = measureClient();
  await push();
  expect(await counting.counted(1)).toMatchObject([{ "http.request.method": "POST" }]);
  counting.instrumentation.disable();
  const ignoring = measureClient({ ignore: isTracingSuppressed });
  await push();
  await ignoring.counted(0);
});

describe("wrong options of FetchMetricsInstrumentation", () => {
  it.each([
    [null, "fetch"],
    [{ enabled: "yes" }, "fetch.enabled"],
    [{ registry: {} }, "fetch.registry"],
    [{ durations: "sometimes" }, "fetch.durations"],
    [{ ignore: true }, "fetch.ignore"],
    [{ maxHosts: 0 }, "fetch.maxHosts"],
    [{ metrics: { openConnections: 1 } }, "fetch.metrics.openConnections"],
    [{ buckets: { durationS: [2, 1] } }, "fetch.buckets.durationS"],
    [{ unheard: 1 }, "fetch.unheard"],
  ])("%j are refused at construction", (options, option) => {
    let error: unknown;
    try {
      new FetchMetricsInstrumentation(options as never).disable();
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(InvalidOptionError);
    expect(error).toMatchObject({ option });
  });
});

it("leaves url.scheme out of durations and sizes, and not of what is active, unless it is asked for", async () => {
  for (const urlScheme of [false, true]) {
    const { counted, reader, instrumentation } = measureClient({ urlScheme });
    const { port } = await serve((_request, response) => response.end("hello"));
    await get(port);
    expect((await counted(1))[0]!["url.scheme"]).toBe(urlScheme ? "http" : undefined);
    const [size] = await seriesOf(reader, "http.client.response.body.size");
    expect(size!.attributes["url.scheme"]).toBe(urlScheme ? "http" : undefined);
    const [active] = await seriesOf(reader, "http.client.active_requests");
    expect(active!.attributes["url.scheme"]).toBe("http");
    instrumentation.disable();
  }
});
