import crypto from "node:crypto";
import { createSecureServer } from "node:http2";
import { readFileSync } from "node:fs";
import { once } from "node:events";
import http from "node:http";
import type { AddressInfo, Socket } from "node:net";
import {
  Agent,
  Client,
  fetch as npmFetch,
  Pool,
  ProxyAgent,
  request as npmRequest,
  RetryAgent,
  WebSocket as NpmWebSocket,
} from "undici";
import { describe, expect, it } from "vitest";
import { withUrlTemplate } from "../../src/http/index.ts";
import { answering, measureFetch, seriesOf, serveRaw } from "./client-harness.ts";
import { afterTest, serve, serveTls } from "./harness.ts";

const answered = (port: number): Record<string, unknown> => ({
  "http.request.method": "GET",
  "server.address": "127.0.0.1",
  "server.port": port,
  "url.scheme": "http",
  "http.response.status_code": 200,
  "network.protocol.version": "1.1",
  count: 1,
});

const at = (port: number, path = "/"): string => `http://127.0.0.1:${port}${path}`;

/** A dispatcher of undici's own, closed after the test. */
function dispatcher<D extends { destroy(): Promise<void> }>(made: D): D {
  afterTest(() => made.destroy());
  return made;
}

/** Every way to send; each answers with the text of the response's body. */
const clients = [
  [
    "the built-in fetch",
    async (url: string, method = "GET") => (await fetch(url, { method })).text(),
  ],
  [
    "the fetch of npm",
    async (url: string, method = "GET") => (await npmFetch(url, { method })).text(),
  ],
  [
    "a request of npm's undici",
    async (url: string, method = "GET") =>
      (await npmRequest(url, { method: method as "GET" })).body.text(),
  ],
  [
    "a Pool",
    async (url: string, method = "GET") => {
      const { origin, pathname } = new URL(url);
      const pool = dispatcher(new Pool(origin));
      return (await pool.request({ path: pathname, method })).body.text();
    },
  ],
  [
    "a Client",
    async (url: string, method = "GET") => {
      const { origin, pathname } = new URL(url);
      const client = dispatcher(new Client(new URL(origin)));
      return (await client.request({ path: pathname, method })).body.text();
    },
  ],
] as const;

describe.each(clients)("%s", (_name, send) => {
  it("counts each request once, with the labels of the conventions", async () => {
    const { counted, active, bytes } = measureFetch();
    const { port } = await serve((_request, response) => response.end("hello"));
    expect(await send(at(port))).toBe("hello");
    expect(await send(at(port, "/other"))).toBe("hello");
    expect(await counted(2)).toStrictEqual([{ ...answered(port), count: 2 }]);
    expect(await active()).toEqual([]);
    expect(await bytes("request")).toEqual({ count: 2, sum: 0 });
    expect(await bytes("response")).toEqual({ count: 2, sum: 10 });
  });

  it.each([
    ["GET", 204, undefined, 0],
    ["GET", 304, undefined, 0],
    ["HEAD", 200, undefined, 0],
    ["GET", 404, "404", 4],
    ["POST", 500, "500", 4],
    ["PROPFIND", 207, undefined, 4],
  ])("counts %s with status %i, error.type %s", async (method, status, errorType, size) => {
    const { counted, bytes } = measureFetch();
    const { port } = await serve((_request, response) => response.writeHead(status).end("text"));
    await send(at(port), method);
    expect(await counted(1)).toStrictEqual([
      {
        ...answered(port),
        "http.request.method": method === "PROPFIND" ? "_OTHER" : method,
        "http.response.status_code": status,
        ...(errorType !== undefined && { "error.type": errorType }),
      },
    ]);
    // Chunked, for want of a length where Node.js writes the header block by itself.
    const { count, sum } = await bytes("response");
    expect([count, sum >= size]).toEqual([1, true]);
  });
});

describe("fetch counts", () => {
  it("over TLS as https, with sizes of what was encrypted", async () => {
    const { counted, bytes } = measureFetch();
    const { port } = await serveTls((request, response) => {
      response.writeHead(200, { "transfer-encoding": "chunked" });
      request.pipe(response);
    });
    const agent = dispatcher(new Agent({ connect: { rejectUnauthorized: false } }));
    const response = await npmFetch(`https://127.0.0.1:${port}/`, {
      dispatcher: agent,
      method: "POST",
      body: "hello, world",
    });
    expect(await response.text()).toBe("hello, world");
    expect(await counted(1)).toStrictEqual([
      { ...answered(port), "http.request.method": "POST", "url.scheme": "https" },
    ]);
    expect(await bytes("request")).toEqual({ count: 1, sum: 12 });
    expect(await bytes("response")).toEqual({ count: 1, sum: 12 + 5 + 5 });
  });

  it("over HTTP/2 as version 2", async () => {
    const { counted, active, connections } = measureFetch();
    const file = (name: string): Buffer =>
      readFileSync(new URL(`fixtures/${name}`, import.meta.url));
    const server = createSecureServer({
      key: file("test-key.pem"),
      cert: file("test-cert.pem"),
    });
    server.on("request", (_request, response) => response.end("hello"));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    afterTest(() => server.close());
    const { port } = server.address() as AddressInfo;
    const agent = dispatcher(new Agent({ allowH2: true, connect: { rejectUnauthorized: false } }));
    for (let i = 0; i < 3; i++) {
      const response = await npmFetch(`https://127.0.0.1:${port}/`, { dispatcher: agent });
      expect(await response.text()).toBe("hello");
    }
    expect(await counted(3)).toStrictEqual([
      {
        ...answered(port),
        "url.scheme": "https",
        "network.protocol.version": "2",
        count: 3,
      },
    ]);
    expect(await active()).toEqual([]);
    expect(await connections()).toEqual({ active: 0, idle: 1 });
  });

  it("each hop of a redirect", async () => {
    const { counted, active } = measureFetch();
    const { port } = await serve((request, response) => {
      if (request.url === "/to") response.end("there");
      else response.writeHead(302, { location: "/to" }).end("moved");
    });
    expect(await (await fetch(at(port, "/from"))).text()).toBe("there");
    expect(
      (await counted(2)).map((point) => [point["http.response.status_code"], point["error.type"]]),
    ).toEqual([
      [302, undefined],
      [200, undefined],
    ]);
    expect(await active()).toEqual([]);
  });

  it("each attempt of a RetryAgent", async () => {
    const { counted } = measureFetch();
    let calls = 0;
    const { port } = await serve((_request, response) => {
      calls += 1;
      response.writeHead(calls < 3 ? 503 : 200).end();
    });
    const agent = dispatcher(new RetryAgent(new Agent(), { minTimeout: 1 }));
    await (await agent.request({ origin: at(port, ""), path: "/", method: "GET" })).body.text();
    expect(
      (await counted(3)).map((point) => [point["http.response.status_code"], point.count]),
    ).toEqual([
      [503, 2],
      [200, 1],
    ]);
  });

  it("early hints under the status that follows", async () => {
    const { counted } = measureFetch();
    const { port } = await serve((_request, response) => {
      response.writeEarlyHints({ link: "</style.css>; rel=preload" });
      response.end("done");
    });
    await (await fetch(at(port))).text();
    expect(await counted(1)).toStrictEqual([answered(port)]);
  });

  it("requests through a proxy under the server that was asked for, and the tunnel under the proxy", async () => {
    const { counted, active, connections } = measureFetch();
    const { port } = await serveTls((_request, response) => response.end("behind"));
    const { connect } = await import("node:net");
    const { server: proxy, port: proxyPort } = await serve(() => {});
    proxy.on("connect", (_request, socket: Socket) => {
      const upstream = connect(port, "127.0.0.1");
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      socket.pipe(upstream).pipe(socket);
      socket.on("error", () => upstream.destroy());
      upstream.on("error", () => socket.destroy());
      afterTest(() => socket.destroy());
    });
    const agent = dispatcher(
      new ProxyAgent({ uri: at(proxyPort), requestTls: { rejectUnauthorized: false } }),
    );
    const response = await npmFetch(`https://127.0.0.1:${port}/`, { dispatcher: agent });
    expect(await response.text()).toBe("behind");
    const points = await counted(2);
    expect(points).toContainEqual({ ...answered(port), "url.scheme": "https" });
    expect(points).toContainEqual({ ...answered(proxyPort), "http.request.method": "CONNECT" });
    expect(await active()).toEqual([]);
    expect(await connections()).toEqual({ active: 0, idle: 1 });
  });

  it("requests that a proxy is asked for in the absolute form under the server", async () => {
    const { counted } = measureFetch();
    const { port } = await serve((_request, response) => response.end("by proxy"));
    const client = dispatcher(new Client(at(port, "")));
    await (await client.request({ method: "GET", path: "http://elsewhere.test:81/x" })).body.text();
    expect(await counted(1)).toStrictEqual([
      { ...answered(port), "server.address": "elsewhere.test", "server.port": 81 },
    ]);
  });

  it("under the URL template in whose scope they are made", async () => {
    const { counted } = measureFetch();
    const { port } = await serve((_request, response) => response.end());
    const get = async (path: string): Promise<void> => {
      await Promise.resolve();
      await (await fetch(at(port, path))).text();
    };
    await Promise.all([
      withUrlTemplate("/users/{id}", () => get("/users/1")),
      withUrlTemplate("/users/{id}", () => get("/users/2")),
      get("/plain"),
    ]);
    expect(await counted(3)).toEqual(
      expect.arrayContaining([
        { ...answered(port), "url.template": "/users/{id}", count: 2 },
        answered(port),
      ]),
    );
  });

  it("told apart for so many hosts only", async () => {
    const { counted, reader } = measureFetch({ maxHosts: 2 });
    const { port } = await serve((_request, response) => response.end());
    const agent = dispatcher(
      new Agent({
        connect: {
          lookup: (_host, _options, callback) =>
            callback(null, [{ address: "127.0.0.1", family: 4 }] as never),
        },
      }),
    );
    for (let i = 0; i < 30; i++) {
      const url = `http://h${i % 15}.test:${port}/`;
      await (await npmFetch(url, { dispatcher: agent })).text();
    }
    expect(
      (await counted(30)).map((point) => [
        point["server.address"],
        point["server.port"],
        point.count,
      ]),
    ).toEqual([
      ["h0.test", port, 2],
      ["h1.test", port, 2],
      ["_OTHER", undefined, 26],
    ]);
    expect(await seriesOf(reader, "http.client.active_requests")).toHaveLength(3);
  });
});

describe("bodies that fetch sends and gets are counted as transferred", () => {
  it.each([
    ["a text", "hello, world", 12],
    ["bytes", new Uint8Array(12), 12],
    ["a Blob", new Blob(["hello, world"]), 12],
    ["a stream, with its framing", "stream", 12 + 5 + 5],
  ])("%s", async (_what, body, size) => {
    const { counted, bytes } = measureFetch();
    const { port } = await serve((request, response) => {
      request.resume().on("end", () => response.end());
    });
    for (let i = 0; i < 2; i++) {
      const response = await fetch(at(port), {
        method: "POST",
        duplex: "half",
        body: body === "stream" ? new Blob(["hello, world"]).stream() : body,
      });
      await response.text();
    }
    await counted(2);
    expect(await bytes("request")).toEqual({ count: 2, sum: 2 * size });
  });

  it.each([
    ["declared", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 5],
    [
      "in chunks",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
      15,
    ],
    ["empty", "HTTP/1.1 204 No Content\r\nX: y\r\n\r\n", 0],
    ["only declared", "HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\n\r\n", 0],
  ])("a response's that is %s", async (_how, response, size) => {
    const { counted, bytes } = measureFetch();
    const { port } = await serveRaw(answering(response));
    for (let i = 0; i < 2; i++) await (await fetch(at(port))).text();
    await counted(2);
    expect(await bytes("response")).toEqual({ count: 2, sum: 2 * size });
  });
});

describe("what takes its connection over counts when it does, and is then none of HTTP's", () => {
  it.each([
    ["the built-in", globalThis.WebSocket],
    ["npm's", NpmWebSocket as unknown as typeof globalThis.WebSocket],
  ])("%s WebSocket", async (_whose, WebSocketClass) => {
    const { counted, active, connections } = measureFetch();
    const { server, port } = await serve(() => {});
    server.on("upgrade", (request, socket) => {
      const key = crypto
        .createHash("sha1")
        .update(`${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
        .digest("base64");
      socket.write(
        `HTTP/1.1 101 Hello\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${key}\r\n\r\n`,
      );
      socket.on("error", () => {});
      afterTest(() => socket.destroy());
    });
    const socket = new WebSocketClass(`ws://127.0.0.1:${port}/`);
    await new Promise((resolve) => socket.addEventListener("open", resolve));
    expect(await counted(1)).toStrictEqual([
      { ...answered(port), "http.response.status_code": 101 },
    ]);
    expect(await active()).toEqual([]);
    expect(await connections()).toEqual({ active: 0, idle: 0 });
    socket.close();
  });

  it("an upgrade that the server declines counts as any request", async () => {
    const { counted, active } = measureFetch();
    const { port } = await serve((_request, response) => response.writeHead(426).end("no"));
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
    await new Promise((resolve) => socket.addEventListener("error", resolve));
    const [point] = await counted(1);
    expect(point?.["http.response.status_code"]).toBe(426);
    expect(await active()).toEqual([]);
  });

  it("an upgrade whose server is not there counts as any request", async () => {
    const { counted, active } = measureFetch();
    const server = http.createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, "close");
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
    await new Promise((resolve) => socket.addEventListener("error", resolve));
    expect(await counted(1)).toMatchObject([{ "error.type": "connection_refused" }]);
    expect(await active()).toEqual([]);
  });
});
