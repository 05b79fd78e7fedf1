import { gunzipSync } from "node:zlib";
import { DiagLogLevel, diag } from "@opentelemetry/api";
import { afterEach, expect, it } from "vitest";
import { InvalidOptionError } from "../../src/shared/errors.ts";
import { type ScrapeEndpointOptions, startScrapeEndpoint } from "../../src/scrape/index.ts";
import { manualClock } from "../../src/testing/manual-clock.ts";
import { endpoint, exporter, pem, send } from "./harness.ts";

afterEach(() => diag.disable());

it("serves what the exporter exports, as text of a known version and length", async () => {
  const { url } = await endpoint();
  const { status, headers, body } = await send(url);
  expect(status).toBe(200);
  expect(headers["content-type"]).toBe("text/plain; version=0.0.4; charset=utf-8");
  expect(Number(headers["content-length"])).toBe(body.length);
  expect(body.toString("utf8")).toContain("# HELP orders_total Orders ✓\n");
  expect(body.toString("utf8")).toMatch(/^orders_total\{.*\} 1$/m);
});

it("answers HEAD like GET, without a body", async () => {
  const { url } = await endpoint();
  const get = await send(url);
  const head = await send(url, { method: "HEAD" });
  expect(head.status).toBe(200);
  expect(head.body.length).toBe(0);
  expect(head.headers["content-type"]).toBe(get.headers["content-type"]);
  expect(head.headers["content-length"]).toBe(get.headers["content-length"]);
});

it.each(["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])("answers %s with 405", async (method) => {
  const { url } = await endpoint();
  const { status, headers } = await send(url, { method });
  expect(status).toBe(405);
  expect(headers.allow).toBe("GET, HEAD");
});

it.each(["/", "/metric", "/metrics/", "/metrics2", "//metrics", "/Metrics"])(
  "answers 404 for the path %s",
  async (path) => {
    const { url } = await endpoint();
    expect((await send(url, { path })).status).toBe(404);
    expect((await send(url, { path, method: "POST" })).status).toBe(404);
  },
);

it("takes no notice of a query, and serves another path where told", async () => {
  const { url } = await endpoint({ path: "/internal/metrics" });
  expect(url).toMatch(/\/internal\/metrics$/);
  expect((await send(`${url}?name[]=orders`)).status).toBe(200);
  expect((await send(url, { path: "/metrics" })).status).toBe(404);
});

it.each([
  ["gzip", true],
  ["deflate, GZIP;q=0.5", true],
  ["*", true],
  ["gzip;q=0", false],
  ["gzip;q=0, *", false],
  ["br", false],
  ["", false],
])("compresses for Accept-Encoding %j: %s", async (accepted, compressed) => {
  const { exporter: reader, provider } = exporter();
  const counter = provider.getMeter("test").createCounter("many");
  for (let index = 0; index < 100; index++) counter.add(1, { index });
  const { url } = await endpoint({ exporter: reader });
  const plain = await send(url);
  const { headers, body } = await send(url, { headers: { "accept-encoding": accepted } });
  expect(headers["content-encoding"]).toBe(compressed ? "gzip" : undefined);
  expect(headers.vary).toBe("accept-encoding");
  expect(Number(headers["content-length"])).toBe(body.length);
  expect((compressed ? gunzipSync(body) : body).toString()).toBe(plain.body.toString());
});

it("serves the rest where the callback of one instrument throws", async () => {
  const { exporter: reader, provider } = exporter();
  provider
    .getMeter("test")
    .createObservableGauge("broken")
    .addCallback(() => {
      throw new Error("cannot read");
    });
  const { url } = await endpoint({ exporter: reader });
  const { status, body } = await send(url);
  expect(status).toBe(200);
  expect(body.toString()).toMatch(/^orders_total\{.*\} 1$/m);
});

it("answers 503 where the collection takes too long, whatever the exporter does later", async () => {
  const clock = manualClock();
  const { exporter: reader, provider } = exporter();
  let finish = (): void => {};
  const hanging = new Promise<void>((resolve) => (finish = resolve));
  let began = (): void => {};
  const collecting = new Promise<void>((resolve) => (began = resolve));
  provider
    .getMeter("test")
    .createObservableGauge("slow")
    .addCallback(() => {
      began();
      return hanging;
    });
  const { url } = await endpoint({ exporter: reader, clock, timeoutMs: 5_000 });
  const reply = send(url);
  await collecting;
  await clock.advance(5_000);
  expect((await reply).status).toBe(503);
  finish();
  expect((await send(url)).status).toBe(200);
  expect(clock.pending).toBe(0);
});

it("answers 500 where the handler throws, and says so once", async () => {
  const lines: string[] = [];
  const log = (...texts: unknown[]): void => void lines.push(texts.join(" "));
  diag.setLogger({ debug() {}, verbose() {}, info() {}, warn: log, error: log }, DiagLogLevel.ALL);
  const { url } = await endpoint({
    exporter: {
      getMetricsRequestHandler() {
        throw new Error("no");
      },
    },
  });
  expect((await send(url)).status).toBe(500);
  expect((await send(url)).status).toBe(500);
  expect(lines.filter((line) => line.includes("request handler failed"))).toHaveLength(1);
});

it.each([1, 1_000])("takes the first of two answers of an exporter, of %i lines", async (lines) => {
  const first = "one 1\n".repeat(lines);
  const { url } = await endpoint({
    exporter: {
      getMetricsRequestHandler(_request, response) {
        response.end(first);
        response.end("two 2\n");
      },
    },
  });
  const { headers, body } = await send(url, { headers: { "accept-encoding": "gzip" } });
  const compressed = headers["content-encoding"] === "gzip";
  expect(compressed).toBe(lines > 1);
  expect((compressed ? gunzipSync(body) : body).toString()).toBe(first);
});

it("answers only requests with the bearer token, on any path", async () => {
  const { url } = await endpoint({ bearerToken: "s3cret" });
  for (const authorization of ["Bearer s3cret", "bearer  s3cret"]) {
    expect((await send(url, { headers: { authorization } })).status).toBe(200);
  }
  for (const authorization of [
    undefined,
    "s3cret",
    "Basic s3cret",
    "Bearer s3cre",
    "Bearer s3crets",
    "Bearer ",
  ]) {
    for (const path of ["/metrics", "/other"]) {
      const headers = authorization === undefined ? {} : { authorization };
      const reply = await send(url, { path, headers });
      expect(reply.status).toBe(401);
      expect(reply.headers["www-authenticate"]).toBe('Bearer realm="metrics"');
      expect(reply.body.toString()).not.toContain("orders");
    }
  }
});

const tls = { key: pem("test-key.pem"), cert: pem("test-cert.pem") };

it("serves HTTPS", async () => {
  const { url } = await endpoint({ tls });
  expect(url).toMatch(/^https:/);
  const { status, body } = await send(url, { ca: tls.cert });
  expect(status).toBe(200);
  expect(body.toString()).toContain("orders_total");
  await expect(send(url.replace("https:", "http:"))).rejects.toThrow("socket hang up");
});

/** How a client learns that its certificate is not taken; which of them first, depends. */
const REFUSED = /certificate required|socket hang up|ECONNRESET|handshake|alert/i;

it("answers only clients with a certificate of the authority, where one is named", async () => {
  const { url } = await endpoint({ tls: { ...tls, clientCa: pem("client-ca.pem") } });
  const client = { cert: pem("client.pem"), key: pem("client-key.pem") };
  expect((await send(url, { ca: tls.cert, ...client })).status).toBe(200);
  await expect(send(url, { ca: tls.cert })).rejects.toThrow(REFUSED);
  const stranger = { cert: pem("stranger.pem"), key: pem("stranger-key.pem") };
  await expect(send(url, { ca: tls.cert, ...stranger })).rejects.toThrow(REFUSED);
});

it.each([
  ["exporter", { exporter: {} }],
  ["port", { port: 70_000 }],
  ["port", { port: 1.5 }],
  ["host", { host: "" }],
  ["path", { path: "metrics" }],
  ["path", { path: "/metrics?x" }],
  ["tls.key", { tls: { cert: "x" } }],
  ["bearerToken", { bearerToken: "two words" }],
  ["bearerToken", { bearerToken: "" }],
  ["timeoutMs", { timeoutMs: 0 }],
  ["prot", { prot: 1 }],
])("refuses a wrong %s when it is called", (option, wrong) => {
  const options = { exporter: exporter().exporter, ...wrong } as ScrapeEndpointOptions;
  expect(() => startScrapeEndpoint(options)).toThrow(InvalidOptionError);
  expect(() => startScrapeEndpoint(options)).toThrow(`scrape.${option}`);
});

it("keeps a wrong bearer token out of the message", () => {
  const options = { exporter: exporter().exporter, bearerToken: "my secret" };
  expect(() => startScrapeEndpoint(options)).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining("secret") as string }),
  );
});
