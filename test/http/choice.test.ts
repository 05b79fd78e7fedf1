import { diag, type DiagLogger, DiagLogLevel } from "@opentelemetry/api";
import { describe, expect, it } from "vitest";
import {
  HttpMetricsInstrumentation,
  type HttpMetricsOptions,
  isProbeRequest,
} from "../../src/http/index.ts";
import { InvalidOptionError } from "../../src/shared/errors.ts";
import {
  active,
  afterTest,
  histogramPoints,
  measure,
  RawClient,
  serve,
  signal,
  subscribed,
  sums,
} from "./harness.ts";

/** Sends requests for these paths, one after the other over one connection. */
async function send(port: number, ...paths: string[]): Promise<void> {
  const client = new RawClient(port);
  for (const path of paths) {
    client.received = "";
    client.get(path);
    await client.receives("fine");
  }
}

const fine = async (): Promise<number> =>
  (await serve((_request, response) => response.end("fine"))).port;

function captureDiag(): string[] {
  const lines: string[] = [];
  const take = (...parts: unknown[]): void => void lines.push(parts.map(String).join(" "));
  const logger: DiagLogger = { error: take, warn: take, info: take, debug: take, verbose: take };
  diag.setLogger(logger, { logLevel: DiagLogLevel.INFO, suppressOverrideMessage: true });
  afterTest(() => diag.disable());
  return lines;
}

const dropped = async (reader: Parameters<typeof sums>[0], reason: string): Promise<unknown> =>
  (await sums(reader, "taskmon.measurements.dropped")).find(
    (point) => point["taskmon.reason"] === reason,
  )?.value;

describe("ignore", () => {
  it("leaves requests out of every metric, also among others on one connection", async () => {
    const { counted, reader } = measure({
      server: { ignore: (request) => request.headers.host === "test" && request.url === "/no" },
    });
    await send(await fine(), "/no", "/yes", "/no", "/yes");
    await counted(2);
    expect(await active(reader)).toBe(0);
    for (const name of ["request", "response"]) {
      const points = await histogramPoints(reader, `http.server.${name}.body.size`);
      expect(points.reduce((all, { count }) => all + count, 0)).toBe(2);
    }
  });

  it.each([
    ["/healthz", true],
    ["/healthz/", true],
    ["/health/ready?full=1", true],
    ["/metrics", true],
    ["/", false],
    ["/healthz/users", false],
    ["/users/healthz", false],
  ])("has a preset for health and scrape paths: %s is %s", (url, ignored) => {
    expect(isProbeRequest({ method: "GET", url, headers: {} })).toBe(ignored);
    expect(isProbeRequest({ method: "POST", url, headers: {} })).toBe(false);
  });

  it("that throws is counted and said once, and the requests are measured", async () => {
    const lines = captureDiag();
    const { counted, reader } = measure({
      server: {
        ignore: () => {
          throw new Error("broken hook");
        },
      },
    });
    await send(await fine(), "/a", "/b", "/c");
    await counted(3);
    expect(await dropped(reader, "hook_failed")).toBe(3);
    expect(lines.filter((line) => line.includes("broken hook"))).toHaveLength(1);
    expect(await active(reader)).toBe(0);
  });
});

describe("attributes", () => {
  it("become labels of the three histograms, as far as they are declared", async () => {
    const { counted, reader } = measure({
      server: {
        labels: { "app.tenant": "string", "app.tier": "int", "app.paid": "boolean" },
        attributes: (request, response) => ({
          "app.tenant": request.url!.slice(1),
          "app.tier": response.statusCode,
          "app.paid": response.getHeader("x-paid") === "yes",
          "app.secret": "never",
        }),
      },
    });
    const { port } = await serve((_request, response) => {
      response.setHeader("x-paid", "yes").end("fine");
    });
    await send(port, "/acme");
    const labels = { "app.tenant": "acme", "app.tier": 200, "app.paid": true };
    const [point] = await counted(1);
    expect(point).toMatchObject(labels);
    expect(point).not.toHaveProperty(["app.secret"]);
    for (const name of ["request", "response"]) {
      const points = await histogramPoints(reader, `http.server.${name}.body.size`);
      expect(points[0]!.attributes).toMatchObject(labels);
    }
  });

  it("of another type than declared, or that are missing, are left out", async () => {
    const { counted } = measure({
      server: {
        labels: { "app.tier": "int", "app.tenant": "string" },
        attributes: () => ({ "app.tier": "gold" }),
      },
    });
    await send(await fine(), "/");
    const [point] = await counted(1);
    expect(Object.keys(point!).filter((key) => key.startsWith("app."))).toEqual([]);
  });

  it("that cannot be had are counted and said once, and the requests are measured", async () => {
    const lines = captureDiag();
    const { counted, reader } = measure({
      server: {
        labels: ["app.tenant"],
        attributes: () => {
          throw new Error("broken hook");
        },
      },
    });
    await send(await fine(), "/a", "/b");
    await counted(2);
    expect(await dropped(reader, "hook_failed")).toBe(2);
    expect(lines.filter((line) => line.includes("broken hook"))).toHaveLength(1);
  });

  it("cannot make series without bound", async () => {
    let next = 0;
    const { reader } = measure({
      server: { labels: ["app.request"], attributes: () => ({ "app.request": `${next++}` }) },
    });
    const { port } = await serve((request, response) => response.end(request.url));
    const client = new RawClient(port);
    for (let i = 0; i < 2_099; i++) client.get();
    client.get("/last");
    await client.receives("last");
    const points = await histogramPoints(reader);
    expect(points.length).toBeLessThanOrEqual(2_001);
    expect(points.reduce((all, { count }) => all + count, 0)).toBe(2_100);
    const overflow = points.find(({ attributes }) => attributes["otel.metric.overflow"] === true);
    expect(overflow?.count).toBeGreaterThanOrEqual(100);
  });
});

describe("metrics", () => {
  const all = {
    requestDuration: "http.server.request.duration",
    requestBodySize: "http.server.request.body.size",
    responseBodySize: "http.server.response.body.size",
    activeRequests: "http.server.active_requests",
  } as const;

  it.each(Object.entries(all))("without %s: there is no %s", async (option, name) => {
    const { reader } = measure({ server: { metrics: { [option]: false } } });
    await send(await fine(), "/");
    const names = async (): Promise<string[]> =>
      (await reader.collect()).resourceMetrics.scopeMetrics
        .flatMap((scope) => scope.metrics)
        .filter(({ dataPoints }) => dataPoints.length > 0)
        .map(({ descriptor }) => descriptor.name);
    const rest = Object.values(all).filter((other) => other !== name);
    await expect.poll(names).toEqual(expect.arrayContaining(rest));
    expect(await names()).not.toContain(name);
  });

  it("are none where there is to be no server's", async () => {
    measure({ server: false });
    expect(subscribed()).toEqual([false, false]);
  });
});

it("buckets are those of the options", async () => {
  const { reader, counted } = measure({
    server: { buckets: { durationS: [0.1, 1], sizeBytes: [10, 100] } },
  });
  await send(await fine(), "/");
  await counted(1);
  const { resourceMetrics } = await reader.collect();
  const boundaries = resourceMetrics.scopeMetrics
    .flatMap((scope) => scope.metrics)
    .filter(({ descriptor }) => /duration|size/.test(descriptor.name))
    .map(
      ({ dataPoints }) =>
        (dataPoints[0]!.value as { buckets: { boundaries: number[] } }).buckets.boundaries,
    );
  expect(boundaries).toEqual([
    [0.1, 1],
    [10, 100],
    [10, 100],
  ]);
});

it("active requests are those in flight, and none of those that were forgotten", async () => {
  const { reader, instrumentation } = measure();
  const called = signal();
  const { port } = await serve(called.give);
  const client = new RawClient(port);
  client.get();
  await called.given;
  expect(await sums(reader, "http.server.active_requests")).toEqual([
    { "http.request.method": "GET", "url.scheme": "http", value: 1 },
  ]);
  instrumentation.disable();
  expect(await active(reader)).toBe(0);
});

describe("wrong options", () => {
  it.each([
    [{ server: null }, "http.server"],
    [{ server: true }, "http.server"],
    [{ server: { ignore: "/health" } }, "http.server.ignore"],
    [{ server: { attributes: {} } }, "http.server.attributes"],
    [{ server: { labels: ["a"] } }, "http.server.attributes"],
    [{ server: { labels: [""], attributes: () => ({}) } }, "http.server.labels"],
    [{ server: { labels: 7, attributes: () => ({}) } }, "http.server.labels"],
    [{ server: { labels: { a: "float" }, attributes: () => ({}) } }, "http.server.labels.a"],
    [{ server: { labels: ["http.route"], attributes: () => ({}) } }, "http.server.labels"],
    [{ server: { labels: ["a", "a"], attributes: () => ({}) } }, "http.server.labels"],
    [{ server: { buckets: { durationS: [] } } }, "http.server.buckets.durationS"],
    [{ server: { buckets: { sizeBytes: [2, 1] } } }, "http.server.buckets.sizeBytes"],
    [{ server: { buckets: { sizeBytes: [1, Infinity] } } }, "http.server.buckets.sizeBytes"],
    [{ server: { buckets: { seconds: [1] } } }, "http.server.buckets.seconds"],
    [{ server: { metrics: { requestDuration: 1 } } }, "http.server.metrics.requestDuration"],
    [{ server: { metrics: { openConnections: true } } }, "http.server.metrics.openConnections"],
    [{ server: { trustForwarded: "yes" } }, "http.server.trustForwarded"],
    [{ client: { maxHosts: 0 } }, "http.client.maxHosts"],
    [{ durations: "sometimes" }, "http.durations"],
  ])("%j are refused at construction, and nothing is subscribed", (options, option) => {
    let error: unknown;
    try {
      const made = new HttpMetricsInstrumentation(options as HttpMetricsOptions);
      afterTest(() => made.disable());
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(InvalidOptionError);
    expect(error).toMatchObject({ code: "ERR_TASKMON_INVALID_OPTION", option });
    expect(subscribed()).toEqual([false, false]);
  });
});
