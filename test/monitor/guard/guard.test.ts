import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { connect as connectHttp2, createServer as createHttp2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import express from "express";
import fastify from "fastify";
import { expect, it, onTestFinished } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { staged } from "../harness.ts";
import { createGuard } from "../../../src/monitor/index.ts";
import { tcpProbe } from "../../../src/probe/index.ts";
import { ask, bodyOf, closed, listening, raw, read, rig } from "./rig.ts";

const down = (): never => {
  throw new Error("down");
};

it("answers programs with a problem document, people with a page, and others with text", async () => {
  await using wiki = await rig({ upstream: () => undefined, service: { probe: down } });
  const problem = await ask(wiki.port, { headers: { Accept: "application/json" } });
  expect(problem.status).toBe(503);
  expect(problem.headers).toMatchObject({
    "content-type": "application/problem+json",
    "cache-control": "no-store",
    "retry-after": "1",
    vary: "Accept",
  });
  expect(JSON.parse(problem.body)).toMatchObject({
    ...{ type: "about:blank", title: "Service Not Ready", status: 503, service: "wiki" },
    retryAfterSeconds: 1,
  });
  const page = await ask(wiki.port, { headers: { Accept: "text/html,*/*;q=0.8" } });
  expect(page.headers["content-type"]).toBe("text/html; charset=utf-8");
  expect(page.headers["content-security-policy"]).toMatch(
    /^default-src 'none'; style-src 'sha256-/,
  );
  expect(page.body).toContain("<h1>wiki is not ready yet</h1>");
  expect(page.body).not.toMatch(/127\.0\.0\.1|https?:\/\//);
  const text = await ask(wiki.port);
  expect(text.headers["content-type"]).toBe("text/plain; charset=utf-8");
  expect(text.body).toMatch(/^Service Not Ready: wiki does not answer yet\./);
});

it("says when to come again by what the service usually takes", async () => {
  await using wiki = await rig({
    upstream: () => undefined,
    service: { probe: down, usualWakeMs: 20_000, onDown: () => undefined },
  });
  const answer = await ask(wiki.port, { headers: { Accept: "text/html" } });
  expect(Number(answer.headers["retry-after"])).toBe(20);
  expect(answer.body).toContain(
    "wiki was asleep and is being woken. That usually takes about 20 seconds.",
  );
});

it("answers HEAD without a body, a range whole, and a form without loading the page again", async () => {
  await using wiki = await rig({ upstream: () => undefined, service: { probe: down } });
  const headers = { Accept: "text/html" };
  const head = await ask(wiki.port, { method: "HEAD", headers });
  expect(head).toMatchObject({ status: 503, body: "" });
  expect(Number(head.headers["content-length"])).toBeGreaterThan(1_000);
  const range = await ask(wiki.port, { headers: { ...headers, Range: "bytes=0-9" } });
  expect(range.status).toBe(503);
  expect(range.headers["content-range"]).toBeUndefined();
  const form = await ask(wiki.port, { method: "POST", headers }, "a=1");
  expect(form.body).toContain("was not delivered");
  expect(form.body).not.toMatch(/<script>|http-equiv/);
});

it("escapes what stands in the page, and fills in a template of the user's", async () => {
  const name = `<b>"wiki"</b>`;
  await using wiki = await rig({ upstream: () => undefined, service: { probe: down, name } });
  const headers = { Accept: "text/html" };
  expect((await ask(wiki.port, { headers })).body).not.toContain("<b>");
  await using own = await rig({
    upstream: () => undefined,
    service: { probe: down, name },
    guard: {
      page: "<p>{{service}} {{ status }} {{retryAfterSeconds}} {{other}}",
      pagePolicy: "default-src 'self'",
    },
  });
  const page = await ask(own.port, { headers });
  expect(page.body).toBe("<p>&#60;b&#62;&#34;wiki&#34;&#60;/b&#62; 503 1 {{other}}");
  expect(page.headers["content-security-policy"]).toBe("default-src 'self'");
});

it("shows its own page where the user's function fails", async () => {
  await using wiki = await rig({
    upstream: () => undefined,
    service: { probe: down },
    guard: { page: () => down() },
  });
  const page = await ask(wiki.port, { headers: { Accept: "text/html" } });
  expect(page.body).toContain("wiki is not ready yet");
});

it("answers 500 and fires nothing where nobody can say whether the service is up", async () => {
  let fired = 0;
  const trigger = (): void => void fired++;
  await using lost = await rig({
    upstream: () => undefined,
    // A name that nobody has, which the probe asks for.
    service: { url: "http://name.invalid", probe: tcpProbe(), always: trigger, onDown: trigger },
  });
  expect((await ask(lost.port)).status).toBe(500);
  expect(fired).toBe(0);
});

it("fires onDown at a service that is down, and onUp at one that is up", async () => {
  const fired: string[] = [];
  const triggers = {
    always: () => void fired.push("always"),
    onUp: () => void fired.push("onUp"),
    onDown: () => void fired.push("onDown"),
  };
  let up = false;
  await using wiki = await rig({
    upstream: (_request, response) => void response.end(),
    service: { ...triggers, probe: () => (up ? undefined : down()) },
  });
  await ask(wiki.port);
  expect(fired).toEqual(["always", "onDown"]);
  up = true;
  await ask(wiki.port);
  expect(fired).toEqual(["always", "onDown", "always", "onUp"]);
});

it("lets requests wait for the service, so many and so long", async () => {
  let up = false;
  await using wiki = await rig({
    upstream: async (request, response) => void response.end(await bodyOf(request)),
    service: {
      probe: () => (up ? undefined : down()),
      floorMs: 20,
      onDown: () => void (up = true),
    },
    guard: { waitMs: 30_000, maxWaiting: 1 },
  });
  const [first, second] = await Promise.all([
    ask(wiki.port, { method: "POST" }, "kept"),
    ask(wiki.port, { method: "POST" }, "kept"),
  ]);
  expect([first, second].map(({ status }) => status)).toSatisfy(
    (s: number[]) => s.includes(200) && s.includes(503),
  );
  expect([first, second].find(({ status }) => status === 200)?.body).toBe("kept");
});

it("answers 503 once a request has waited long enough", async () => {
  await using wiki = await rig({
    upstream: () => undefined,
    service: { probe: down, floorMs: 5 },
    guard: { waitMs: 30 },
  });
  expect((await ask(wiki.port)).status).toBe(503);
});

it("tells a page that waits when the service is up", async () => {
  let up = false;
  await using wiki = await rig({
    upstream: () => undefined,
    service: { probe: () => (up ? undefined : down()), floorMs: 20 },
  });
  const request = httpRequest({
    host: "127.0.0.1",
    port: wiki.port,
    path: "/.taskmon/events",
    agent: false,
  });
  request.end();
  const [stream] = await once(request, "response");
  expect(stream.headers["content-type"]).toBe("text/event-stream; charset=utf-8");
  stream.once("data", () => (up = true));
  const { body, complete } = await read(stream);
  expect(complete).toBe(true);
  expect(body).toMatch(/^event: waiting\ndata: \{"message":"wiki does not answer yet\."\}\n\n/);
  expect(body).toMatch(/event: up\ndata: \{\}\n\n$/);
});

it("passes a websocket through, and nothing is kept of it afterwards", async () => {
  const sockets = new WebSocketServer({ noServer: true });
  sockets.on("connection", (socket) => socket.on("message", (data) => socket.send(data)));
  await using wiki = await rig({
    upstream: () => undefined,
    prepare: (upstream) =>
      upstream.on("upgrade", (request, socket, head) =>
        sockets.handleUpgrade(request, socket, head, (client) =>
          sockets.emit("connection", client),
        ),
      ),
  });
  const client = new WebSocket(`ws://127.0.0.1:${wiki.port}/chat`, ["wiki"]);
  await once(client, "open");
  expect(client.protocol).toBe("wiki");
  const big = "x".repeat(300_000);
  client.send(big);
  const [echo] = await once(client, "message");
  expect(String(echo)).toBe(big);
  client.close();
  await once(client, "close");
  await expect.poll(() => wiki.guard.openTunnels).toBe(0);
});

it("answers a websocket before the upgrade where the service is down, or does not want it", async () => {
  await using asleep = await rig({ upstream: () => undefined, service: { probe: down } });
  const refused = async (port: number): Promise<number> => {
    const client = new WebSocket(`ws://127.0.0.1:${port}/`);
    client.on("error", () => undefined);
    const [, answer] = await once(client, "unexpected-response");
    client.terminate();
    return answer.statusCode;
  };
  expect(await refused(asleep.port)).toBe(503);
  await using wiki = await rig({
    upstream: (_request, response) => void response.writeHead(403).end("no"),
  });
  expect(await refused(wiki.port)).toBe(403);
});

it("leaves an offer of HTTP/2 alone and refuses a body on an upgrade", async () => {
  await using wiki = await rig({
    upstream: (request, response) => void response.end(`upgrade=${request.headers.upgrade}`),
  });
  const h2c = await raw(
    wiki.port,
    "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n\r\n",
  );
  expect(h2c).toMatch(/^HTTP\/1\.1 200 OK[^]*upgrade=undefined/);
  const body = await raw(
    wiki.port,
    "POST / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: foo\r\nContent-Length: 3\r\n\r\nabc",
  );
  expect(body).toMatch(/^HTTP\/1\.1 400 /);
});

it("hands CONNECT to the service, and dials nothing that the client names", async () => {
  await using wiki = await rig({
    upstream: () => undefined,
    prepare: (upstream) =>
      upstream.on("connect", (request, socket) => {
        if (request.url === "no.example:1") return socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        socket.end(`hello from ${request.url}`);
      }),
  });
  const tunnel = await raw(
    wiki.port,
    "CONNECT db.example:5432 HTTP/1.1\r\nHost: db.example:5432\r\n\r\n",
  );
  expect(tunnel).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\nhello from db\.example:5432$/);
  const refused = await raw(
    wiki.port,
    "CONNECT no.example:1 HTTP/1.1\r\nHost: no.example:1\r\n\r\n",
  );
  expect(refused).toMatch(/^HTTP\/1\.1 502 /);
});

it("does not answer 100 for a service that is down", async () => {
  await using wiki = await rig({ upstream: () => undefined, service: { probe: down } });
  const answer = await raw(
    wiki.port,
    "PUT / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n",
  );
  expect(answer).toMatch(/^HTTP\/1\.1 503 /);
  expect(answer).toMatch(/connection: close/i);
});

it("leaves to others what is not for it", async () => {
  await using wiki = await rig({
    upstream: (_request, response) => void response.end("wiki"),
    attach: false,
  });
  const detach = wiki.guard.attach(wiki.server, { when: ({ url }) => url !== "/other" });
  const other = await raw(
    wiki.port,
    "PUT /other HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok",
  );
  expect(other).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/);
  detach();
  expect(wiki.server.listenerCount("upgrade")).toBe(0);
});

it("takes HTTP/2", async () => {
  await using wiki = await rig({
    upstream: async (request, response) => {
      const { host, cookie } = request.headers;
      response.writeHead(200, { "Set-Cookie": ["a=1", "b=2"], Trailer: "X-Sum" });
      response.write(`${host} ${cookie} ${await bodyOf(request)}`);
      response.addTrailers({ "X-Sum": "42" });
      response.end();
    },
  });
  const server = createHttp2Server(wiki.guard.handler);
  const port = await listening(server);
  const client = connectHttp2(`http://127.0.0.1:${port}`);
  const stream = client.request({
    ...{ ":method": "POST", ":path": "/", ":authority": "wiki.example" },
    cookie: ["x=1", "y=2"],
  });
  let trailers: unknown;
  stream.on("trailers", (fields) => (trailers = fields));
  stream.end("hello");
  const [headers] = await once(stream, "response");
  let body = "";
  for await (const chunk of stream) body += chunk;
  expect(headers).toMatchObject({ ":status": 200, "set-cookie": ["a=1", "b=2"] });
  expect(body).toBe("wiki.example x=1; y=2 hello");
  expect(trailers).toMatchObject({ "x-sum": "42" });
  client.close();
  await closed(server);
});

it("is a middleware of Express, and says at once that a parser has eaten the body", async () => {
  await using wiki = await rig({
    upstream: async (request, response) =>
      void response.end(`${request.url} ${await bodyOf(request)}`),
  });
  const app = express();
  app.use("/wiki", wiki.guard.handler);
  app.use("/late", express.json(), wiki.guard.handler);
  const { createServer } = await import("node:http");
  const server = createServer(app);
  const port = await listening(server);
  onTestFinished(() => closed(server));
  const options = { method: "POST", headers: { "Content-Type": "application/json" } };
  expect((await ask(port, { ...options, path: "/wiki/a?b" }, `{"a":1}`)).body).toBe(`/a?b {"a":1}`);
  const late = await ask(port, { ...options, path: "/late" }, `{"a":1}`);
  expect(late).toMatchObject({ status: 500, body: expect.stringContaining("was read before") });
});

it("is a plugin of Fastify, below its prefix, before Fastify reads the body", async () => {
  await using wiki = await rig({
    upstream: async (request, response) =>
      void response.end(`${request.url} ${await bodyOf(request)}`),
    service: { probe: () => (asleep ? down() : undefined), graceMs: 0 },
  });
  let asleep = false;
  const app = fastify();
  await app.register(wiki.guard.fastify, { prefix: "/wiki" });
  await app.listen({ port: 0, host: "127.0.0.1" });
  onTestFinished(() => app.close());
  const { port } = app.server.address() as AddressInfo;
  const options = {
    method: "POST",
    path: "/wiki/a?b",
    headers: { "Content-Type": "application/json" },
  };
  expect((await ask(port, options, `{"a":1}`)).body).toBe(`/a?b {"a":1}`);
  expect((await ask(port, { path: "/wiki" })).body).toBe("/ ");
  asleep = true;
  const page = await ask(port, { path: "/wiki/x", headers: { Accept: "text/html" } });
  expect(page.body).toContain('data-events="/wiki/.taskmon/events"');
});

it("serves a fetch-style server", async () => {
  await using wiki = await rig({
    upstream: async (request, response) => {
      response.writeHead(201, { "X-One": "1", Connection: "X-Private", "X-Private": "1" });
      response.end(
        `${request.method} ${request.url} ${request.headers.host} ${await bodyOf(request)}`,
      );
    },
    service: { probe: () => (asleep ? down() : undefined), graceMs: 0 },
  });
  let asleep = false;
  const url = "http://wiki.example/a?b";
  const answer = await wiki.guard.fetch(new Request(url, { method: "POST", body: "hello" }));
  expect([answer.status, answer.headers.get("x-one"), answer.headers.get("x-private")]).toEqual([
    201,
    "1",
    null,
  ]);
  expect(await answer.text()).toBe("POST /a?b wiki.example hello");
  asleep = true;
  const page = await wiki.guard.fetch(new Request(url, { headers: { Accept: "text/html" } }));
  expect(page.status).toBe(503);
  expect(await page.text()).toContain("wiki is not ready yet");
});

it("refuses wrong options", () => {
  const { service } = staged();
  expect(() => createGuard(service, { waitMs: -1 })).toThrow(/waitMs/);
  expect(() => createGuard(service, { via: "a b" })).toThrow(/via/);
  expect(() => createGuard(service, { eventsPath: "no" })).toThrow(/eventsPath/);
});
