import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { connect, type Socket } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { makeCertificates } from "../../setup/certificates.ts";
import { ask, bodyOf, closed, listening, raw, read, rig } from "../guard/rig.ts";

it("hands a request and its answer through as they are", async () => {
  await using wiki = await rig({
    upstream: async (request, response) => {
      const body = await bodyOf(request);
      response.writeHead(201, "Made", [
        "X-One",
        "1",
        "X-One",
        "2",
        "Set-Cookie",
        "a=1",
        "Set-Cookie",
        "b=2",
      ]);
      response.end(
        `${request.method} ${request.url} ${String(request.headers["x-twice"])} ${body}`,
      );
    },
  });
  const answer = await ask(
    wiki.port,
    { method: "PATCH", path: "/a%2Fb//c/../d?x=%20&y", headers: { "X-Twice": ["1", "2"] } },
    "hello",
  );
  expect(answer.status).toBe(201);
  expect(answer.body).toBe("PATCH /a%2Fb//c/../d?x=%20&y 1, 2 hello");
  expect(answer.headers["set-cookie"]).toEqual(["a=1", "b=2"]);
  expect(answer.headers["x-one"]).toBe("1, 2");
});

it("removes what is about one connection, both ways", async () => {
  let seen: string[] = [];
  await using wiki = await rig({
    upstream: (request, response) => {
      seen = request.rawHeaders.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase());
      response.writeHead(200, {
        ...{ Connection: "X-Private, keep-alive", "X-Private": "1", "Keep-Alive": "timeout=99" },
        ...{ "Proxy-Authenticate": "Basic", "Proxy-Connection": "keep-alive", "X-Public": "1" },
      });
      response.end("ok");
    },
  });
  const answer = await raw(
    wiki.port,
    [
      "GET / HTTP/1.1",
      "Host: wiki.example",
      "Connection: X-Secret, TE, close, Content-Length, Host",
      "X-Secret: 1",
      "TE: trailers",
      "Keep-Alive: timeout=5",
      "Proxy-Connection: keep-alive",
      "Proxy-Authorization: Basic eDp5",
      "Upgrade: h2c",
      "HTTP2-Settings: AAA",
      "X-Public: 1",
      "\r\n",
    ].join("\r\n"),
  );
  expect(seen.toSorted()).toEqual([
    ...["connection", "forwarded", "host", "via", "x-forwarded-for"],
    ...["x-forwarded-host", "x-forwarded-proto", "x-public"],
  ]);
  expect(answer).toMatch(/x-public: 1/i);
  expect(answer).not.toMatch(/x-private|proxy-|timeout=99/i);
});

it("appends to Via, Forwarded and X-Forwarded-For, and believes no client about host and scheme", async () => {
  let seen: Record<string, unknown> = {};
  await using wiki = await rig({
    upstream: (request, response) => {
      seen = request.headers;
      response.end();
    },
  });
  const answer = await ask(wiki.port, {
    headers: {
      ...{ Host: "wiki.example", Via: "1.0 fred", Forwarded: "for=1.2.3.4" },
      ...{ "X-Forwarded-For": "1.2.3.4", "X-Forwarded-Host": "evil", "X-Forwarded-Proto": "https" },
    },
  });
  expect(seen).toMatchObject({
    host: "wiki.example",
    via: "1.0 fred, 1.1 taskmon",
    forwarded: 'for=1.2.3.4, for=127.0.0.1;host="wiki.example";proto=http',
    "x-forwarded-for": "1.2.3.4, 127.0.0.1",
    "x-forwarded-host": "wiki.example",
    "x-forwarded-proto": "http",
  });
  expect(answer.headers["via"]).toBe("1.1 taskmon");
});

it("sets the service's own Host, names nothing and adds no Via where that is asked for", async () => {
  let seen: Record<string, unknown> = {};
  await using wiki = await rig({
    upstream: (request, response) => {
      seen = request.headers;
      response.end();
    },
    guard: { host: "set", forwarded: false, via: false },
  });
  await ask(wiki.port, { headers: { Host: "wiki.example", Via: "1.0 fred" } });
  expect(seen).toEqual({
    host: `127.0.0.1:${wiki.upstreamPort}`,
    via: "1.0 fred",
    connection: "keep-alive",
  });
});

it("puts the service's path and query before and after the request's", async () => {
  await using wiki = await rig({
    upstream: (request, response) => void response.end(request.url),
    path: "/base/?key=1",
  });
  expect((await ask(wiki.port, { path: "/a?b=2" })).body).toBe("/base/a?b=2&key=1");
  expect((await ask(wiki.port, { path: "/" })).body).toBe("/base/?key=1");
});

it("takes the target of a client that thinks it speaks to its proxy", async () => {
  await using wiki = await rig({ upstream: (request, response) => void response.end(request.url) });
  const answer = await raw(
    wiki.port,
    "GET http://wiki.example?x HTTP/1.1\r\nHost: wiki.example\r\nConnection: close\r\n\r\n",
  );
  expect(answer).toMatch(/\r\n\/\?x\r\n|\r\n\/\?x$/);
});

it("hands trailers through, both ways", async () => {
  let trailers: unknown;
  await using wiki = await rig({
    upstream: async (request, response) => {
      await bodyOf(request);
      trailers = request.trailers;
      response.writeHead(200, { Trailer: "X-Sum" });
      response.write("answer");
      response.addTrailers({ "X-Sum": "42" });
      response.end();
    },
  });
  const request = httpRequest({
    ...{ host: "127.0.0.1", port: wiki.port, method: "POST", agent: false },
    headers: { Trailer: "X-Check", "Transfer-Encoding": "chunked" },
  });
  request.write("hello");
  request.addTrailers({ "X-Check": "7", Authorization: "Basic eDp5" });
  request.end();
  const [response] = await once(request, "response");
  const answer = await read(response);
  expect(trailers).toEqual({ "x-check": "7" });
  expect(answer.trailers).toEqual({ "x-sum": "42" });
  expect(answer.body).toBe("answer");
});

it("passes early hints on before the answer", async () => {
  await using wiki = await rig({
    upstream: (_request, response) => {
      response.writeEarlyHints(
        { link: ["</a.css>; rel=preload", "</b.js>; rel=preload"], "x-hint": "1" },
        () => response.end("ok"),
      );
    },
  });
  const request = httpRequest({ host: "127.0.0.1", port: wiki.port, agent: false });
  request.end();
  const [[hint], [response]] = await Promise.all([
    once(request, "information"),
    once(request, "response"),
  ]);
  expect(hint).toMatchObject({
    statusCode: 103,
    headers: { link: "</a.css>; rel=preload, </b.js>; rel=preload", "x-hint": "1" },
  });
  expect((await read(response)).body).toBe("ok");
});

it("lets the service say whether a body is wanted", async () => {
  await using wiki = await rig({
    upstream: async (request, response) => void response.end(await bodyOf(request)),
    prepare: (upstream) =>
      upstream.on("checkContinue", (request, response) => {
        if (request.url === "/no") return void response.writeHead(417).end();
        response.writeContinue();
        upstream.emit("request", request, response);
      }),
  });
  const expecting = (path: string) =>
    httpRequest({
      ...{ host: "127.0.0.1", port: wiki.port, method: "PUT", path, agent: false },
      headers: { Expect: "100-continue", "Content-Length": "5" },
    });
  const wanted = expecting("/yes");
  wanted.flushHeaders();
  await once(wanted, "continue");
  wanted.end("hello");
  const [yes] = await once(wanted, "response");
  expect((await read(yes)).body).toBe("hello");

  const unwanted = expecting("/no");
  let continued = false;
  unwanted.on("continue", () => (continued = true));
  unwanted.flushHeaders();
  const [no] = await once(unwanted, "response");
  expect(no.statusCode).toBe(417);
  expect(no.headers.connection).toBe("close");
  expect(continued).toBe(false);
  unwanted.destroy();
});

it("ends the service's request when the client leaves before the answer", async () => {
  const gone = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  await using wiki = await rig({
    upstream: (_request, response) => {
      response.on("close", () => gone.resolve());
      arrived.resolve();
    },
  });
  const request = httpRequest({ host: "127.0.0.1", port: wiki.port, agent: false });
  request.on("error", () => undefined);
  request.end();
  await arrived.promise;
  request.destroy();
  await gone.promise;
  expect(wiki.service.peek()).toBe(true);
});

it("ends the service's request when the client leaves in the middle of the answer", async () => {
  const gone = Promise.withResolvers<boolean>();
  await using wiki = await rig({
    upstream: (_request, response) => {
      response.on("close", () => gone.resolve(response.writableFinished));
      response.write("some");
    },
  });
  const request = httpRequest({ host: "127.0.0.1", port: wiki.port, agent: false });
  request.on("error", () => undefined);
  request.end();
  const [answer] = await once(request, "response");
  await once(answer, "data");
  answer.on("error", () => undefined);
  request.destroy();
  expect(await gone.promise).toBe(false);
  expect(wiki.service.peek()).toBe(true);
});

it("ends the service's request when the client leaves in the middle of its body", async () => {
  const gone = Promise.withResolvers<void>();
  await using wiki = await rig({
    upstream: (request) => {
      request.on("error", () => undefined);
      request.on("close", () => gone.resolve());
      request.resume();
    },
  });
  const socket = connect(wiki.port, "127.0.0.1");
  socket.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf");
  await once(socket, "connect");
  setImmediate(() => socket.destroy());
  await gone.promise;
});

it.each([
  ["of known length", "Content-Length: 100\r\n\r\nhalf"],
  ["in chunks", "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"],
])("resets the client when the service dies in the middle of an answer %s", async (_, rest) => {
  await using wiki = await rig({
    upstream: {
      raw: (socket) => {
        socket.on("data", () => socket.end(`HTTP/1.1 200 OK\r\n${rest}`));
      },
    },
  });
  const answer = await ask(wiki.port);
  expect(answer).toMatchObject({ status: 200, complete: false });
});

it("passes on a refusal that comes while the client still sends", async () => {
  await using wiki = await rig({
    upstream: (_request, response) => {
      response.writeHead(413, { Connection: "close" });
      response.end("too much");
    },
  });
  for (let run = 0; run < 20; run++) {
    const answer = await ask(wiki.port, { method: "POST" }, Buffer.alloc(4_000_000));
    expect(answer).toMatchObject({ status: 413, body: "too much", complete: true });
  }
});

it("hands both directions through at once", async () => {
  await using wiki = await rig({
    upstream: (request, response) => {
      response.writeHead(200);
      request.pipe(response);
    },
  });
  const request = httpRequest({ host: "127.0.0.1", port: wiki.port, method: "POST", agent: false });
  request.write("one");
  const [answer] = await once(request, "response");
  const [first] = await once(answer, "data");
  expect(String(first)).toBe("one");
  request.end("two");
  expect((await read(answer)).body).toBe("two");
});

it("holds the service back while the client does not read", async () => {
  const total = 64 * 1024 * 1024;
  let written = 0;
  await using wiki = await rig({
    upstream: (_request, response) => {
      const chunk = Buffer.alloc(65_536, "x");
      const more = (): void => {
        while (written < total) {
          written += chunk.length;
          if (!response.write(chunk)) return void response.once("drain", more);
        }
        response.end();
      };
      more();
    },
  });
  const socket = connect(wiki.port, "127.0.0.1");
  socket.write("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  await once(socket, "readable");
  let before = -1;
  // Stands still once every buffer between the two is full.
  while (written !== before) {
    before = written;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect(written).toBeLessThan(total / 2);
  let got = 0;
  socket.on("data", (chunk: Buffer) => (got += chunk.length));
  await once(socket, "close");
  expect(got).toBeGreaterThan(total);
}, 30_000);

it("answers 502 where nobody listens, and takes that for evidence", async () => {
  await using other = await rig({ upstream: () => undefined });
  const port = other.upstreamPort;
  await other[Symbol.asyncDispose]();
  let probes = 0;
  await using wiki = await rig({ upstream: port, service: { probe: () => void probes++ } });
  expect(await ask(wiki.port)).toMatchObject({ status: 502, headers: { "retry-after": "1" } });
  expect(wiki.service.peek()).toBeUndefined();
  expect(probes).toBe(1);
});

it.each([502, 503, 504])(
  "takes a %d of the service for evidence, and passes it on",
  async (status) => {
    await using wiki = await rig({
      upstream: (_request, response) => void response.writeHead(status).end("sorry"),
    });
    expect(await ask(wiki.port)).toMatchObject({ status, body: "sorry" });
    expect(wiki.service.peek()).toBeUndefined();
  },
);

it("repeats a request without a body once, on a connection of its own, where a kept one was stale", async () => {
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  await using wiki = await rig({
    upstream: {
      raw: (socket) => {
        sockets.add(socket);
        let answered = 0;
        socket.on("data", (data) => {
          requests.push(data.toString("latin1").split(" ", 1)[0]!);
          // The second one on a connection finds it closed.
          if (answered++ > 0) return void socket.resetAndDestroy();
          socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        });
      },
    },
  });
  expect((await ask(wiki.port)).status).toBe(200);
  expect((await ask(wiki.port)).status).toBe(200);
  expect(requests).toEqual(["GET", "GET", "GET"]);
  // What the retry used is not kept. One that is kept again:
  expect((await ask(wiki.port)).status).toBe(200);
  requests.length = 0;
  const post = await ask(wiki.port, { method: "POST" }, "once");
  expect(post.status).toBe(502);
  expect(requests.filter((method) => method === "POST")).toHaveLength(1);
  expect(wiki.service.peek()).toBe(true);
  expect(sockets.size).toBeGreaterThan(1);
});

it("does not repeat what was reset on a fresh connection", async () => {
  let requests = 0;
  await using wiki = await rig({
    upstream: {
      raw: (socket) => {
        socket.on("data", () => {
          requests++;
          socket.resetAndDestroy();
        });
      },
    },
  });
  expect((await ask(wiki.port)).status).toBe(502);
  expect(requests).toBe(1);
  expect(wiki.service.peek()).toBeUndefined();
});

it("answers 504 where the service takes too long, and takes that for evidence", async () => {
  await using wiki = await rig({ upstream: () => undefined, guard: { answerTimeoutMs: 20 } });
  expect((await ask(wiki.port)).status).toBe(504);
  expect(wiki.service.peek()).toBeUndefined();
});

it("speaks TLS with a service on https, and forwards nothing to one that it cannot trust", async () => {
  const { ca, good } = makeCertificates();
  let asked = 0;
  const wiki = createHttpsServer({ key: good.key, cert: good.cert }, (request, response) => {
    asked++;
    void bodyOf(request).then((body) => response.end(`${request.headers.host} ${body}`));
  });
  const upstream = await listening(wiki);
  onTestFinished(() => closed(wiki));
  const url = `https://localhost:${upstream}`;
  await using guarded = await rig({
    upstream,
    service: { url },
    guard: { tls: { ca: ca.cert }, host: "set" },
  });
  const answer = await ask(guarded.port, { method: "POST" }, "hello");
  expect(answer).toMatchObject({ status: 200, body: `localhost:${upstream} hello` });

  await using stranger = await rig({ upstream, service: { url } });
  expect((await ask(stranger.port, { method: "POST" }, "hello")).status).toBe(502);
  expect(stranger.service.peek()).toBeUndefined();
  expect(asked).toBe(1);
});

it("answers 504 where a connection does not come about in time, and takes that for evidence", async () => {
  // It accepts, and never shakes hands.
  await using wiki = await rig({ upstream: { raw: () => undefined } });
  await using guarded = await rig({
    upstream: wiki.upstreamPort,
    service: { url: `https://localhost:${wiki.upstreamPort}` },
    guard: { connectTimeoutMs: 20 },
  });
  expect((await ask(guarded.port)).status).toBe(504);
  expect(guarded.service.peek()).toBeUndefined();
});

it("believes a proxy in front about host and scheme where it is told to, and appends the address all the same", async () => {
  let seen: Record<string, unknown> = {};
  await using wiki = await rig({
    upstream: (request, response) => {
      seen = request.headers;
      response.end();
    },
    guard: { trustForwarded: true },
  });
  const headers = { "X-Forwarded-For": "1.2.3.4", "X-Forwarded-Host": "wiki.example" };
  await ask(wiki.port, { headers: { ...headers, "X-Forwarded-Proto": "https" } });
  expect(seen).toMatchObject({
    "x-forwarded-for": "1.2.3.4, 127.0.0.1",
    "x-forwarded-host": "wiki.example",
    "x-forwarded-proto": "https",
  });
  // It said nothing.
  await ask(wiki.port, { headers: { Host: "other.example" } });
  expect(seen).toMatchObject({ "x-forwarded-host": "other.example", "x-forwarded-proto": "http" });
});
