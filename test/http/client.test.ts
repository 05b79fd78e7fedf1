import http, { type IncomingMessage } from "node:http";
import https from "node:https";
import type { LookupFunction, Socket } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { setUrlTemplate, withUrlTemplate } from "../../src/http/index.ts";
import { answering, measureClient, seriesOf, serveRaw } from "./client-harness.ts";
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

/** One request whose response is read to its end. */
async function send(options: https.RequestOptions, body?: string | string[]): Promise<string> {
  const client = options.protocol === "https:" ? https : http;
  const request = client.request({ host: "127.0.0.1", agent: false, ...options });
  const response = new Promise<IncomingMessage>((resolve, reject) => {
    request.on("response", resolve).on("error", reject);
  });
  for (const part of typeof body === "string" ? [] : (body ?? [])) request.write(part);
  request.end(typeof body === "string" ? body : undefined);
  return await text(await response);
}

function keepAlive(options: http.AgentOptions = {}): http.Agent {
  const agent = new http.Agent({ keepAlive: true, ...options });
  afterTest(() => agent.destroy());
  return agent;
}

describe("a request that is answered counts once", () => {
  it("with the labels of the conventions", async () => {
    const { counted, active } = measureClient();
    const { port } = await serve((_request, response) => response.end("hello"));
    expect(await send({ port })).toBe("hello");
    expect(await counted(1)).toStrictEqual([answered(port)]);
    expect(await active()).toEqual([]);
  });

  it("over TLS as https", async () => {
    const { counted } = measureClient();
    const { port } = await serveTls((_request, response) => response.end());
    await send({ port, protocol: "https:", rejectUnauthorized: false });
    expect(await counted(1)).toStrictEqual([{ ...answered(port), "url.scheme": "https" }]);
  });

  it.each([
    ["GET", 204, undefined],
    ["GET", 304, undefined],
    ["HEAD", 200, undefined],
    ["POST", 201, undefined],
    ["GET", 404, "404"],
    ["PUT", 503, "503"],
    ["PROPFIND", 207, undefined],
  ])("%s with status %i and error.type %s", async (method, status, errorType) => {
    const { counted } = measureClient();
    const { port } = await serve((request, response) => {
      request.resume();
      response.writeHead(status).end(status === 200 ? "text" : undefined);
    });
    await send({ port, method }, method === "POST" ? "body" : "");
    expect(await counted(1)).toStrictEqual([
      {
        ...answered(port),
        "http.request.method": method === "PROPFIND" ? "_OTHER" : method,
        "http.response.status_code": status,
        ...(errorType !== undefined && { "error.type": errorType }),
      },
    ]);
  });

  it("after 100 Continue and early hints, under the status that follows", async () => {
    const { counted } = measureClient();
    const { port } = await serve((request, response) => {
      response.writeEarlyHints({ link: "</style.css>; rel=preload" });
      request.resume().on("end", () => response.end("done"));
    });
    const request = http.request({
      port,
      host: "127.0.0.1",
      method: "POST",
      headers: { expect: "100-continue" },
    });
    request.on("continue", () => request.end("body"));
    const response = await new Promise<IncomingMessage>((resolve) =>
      request.on("response", resolve),
    );
    expect(await text(response)).toBe("done");
    expect(await counted(1)).toStrictEqual([{ ...answered(port), "http.request.method": "POST" }]);
  });

  it("many times over one connection", async () => {
    const { counted, connections } = measureClient();
    const { port } = await serve((_request, response) => response.end("ok"));
    const agent = keepAlive({ maxSockets: 1 });
    for (let i = 0; i < 30; i++) await send({ port, agent });
    expect(await counted(30)).toStrictEqual([{ ...answered(port), count: 30 }]);
    expect(await connections()).toEqual({ active: 0, idle: 1 });
  });

  it("on each hop where the program follows redirects", async () => {
    const { counted } = measureClient();
    const { port } = await serve((request, response) => {
      if (request.url === "/from") response.writeHead(302, { location: "/to" });
      response.end();
    });
    await send({ port, path: "/from" });
    await send({ port, path: "/to" });
    expect((await counted(2)).map((point) => point["http.response.status_code"])).toEqual([
      302, 200,
    ]);
  });

  it("with the version that the server speaks", async () => {
    const { counted } = measureClient();
    const { port } = await serveRaw((socket) => {
      socket.on("data", () => socket.end("HTTP/1.0 200 OK\r\n\r\nuntil the end"));
    });
    expect(await send({ port })).toBe("until the end");
    expect(await counted(1)).toMatchObject([{ "network.protocol.version": "1.0" }]);
  });

  it("whose answer nobody reads", async () => {
    const { counted } = measureClient();
    const { port } = await serve((_request, response) => response.end("unheard"));
    http.get({ port, host: "127.0.0.1" });
    expect(await counted(1)).toStrictEqual([answered(port)]);
  });
});

describe("an upgrade", () => {
  it("counts when the connection changes hands, which is then none of HTTP's", async () => {
    const { counted, active, connections } = measureClient();
    const { server, port } = await serve(() => {});
    server.on("upgrade", (_request, socket) => {
      socket.write("HTTP/1.1 101 Hello\r\nConnection: upgrade\r\nUpgrade: foo\r\n\r\n");
      afterTest(() => socket.destroy());
    });
    const agent = keepAlive();
    const request = http.get({
      port,
      host: "127.0.0.1",
      agent,
      headers: { connection: "upgrade", upgrade: "foo" },
    });
    const socket = await new Promise<Socket>((resolve) => {
      request.on("upgrade", (_response, upgraded) => resolve(upgraded));
    });
    afterTest(() => socket.destroy());
    expect(await counted(1)).toStrictEqual([
      { ...answered(port), "http.response.status_code": 101 },
    ]);
    expect(await active()).toEqual([]);
    expect(await connections()).toEqual({ active: 0, idle: 0 });
    expect(socket.destroyed).toBe(false);
  });

  it("by CONNECT too", async () => {
    const { counted } = measureClient();
    const { server, port } = await serve(() => {});
    server.on("connect", (_request, socket) => socket.end("HTTP/1.1 200 Tunnel\r\n\r\n"));
    const request = http.request({ port, host: "127.0.0.1", method: "CONNECT", path: "other:1" });
    request.on("connect", (_response, socket) => socket.destroy());
    request.end();
    expect(await counted(1)).toStrictEqual([
      { ...answered(port), "http.request.method": "CONNECT" },
    ]);
  });
});

describe("bodies are counted as transferred", () => {
  it.each([
    ["by its length", { "content-length": "12" }, ["hello, world"], 12],
    ["in chunks, with their framing", {}, ["hello, ", "world"], 12 + 2 * 5 + 5],
  ])("a request's %s", async (_how, headers, parts, size) => {
    const { counted, bytes } = measureClient();
    const { port } = await serve((request, response) => request.pipe(response));
    const agent = keepAlive({ maxSockets: 1 });
    expect(await send({ port, method: "POST", headers, agent }, parts)).toBe("hello, world");
    await send({ port, agent });
    expect(await send({ port, method: "POST", headers, agent }, parts)).toBe("hello, world");
    await counted(3);
    expect(await bytes("request")).toEqual({ count: 3, sum: 2 * size });
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
    const { counted, bytes } = measureClient();
    const { port } = await serveRaw(answering(response));
    const agent = keepAlive({ maxSockets: 1 });
    await send({ port, agent });
    await send({ port, agent });
    await counted(2);
    expect(await bytes("response")).toEqual({ count: 2, sum: 2 * size });
  });

  it("none in answer to HEAD", async () => {
    const { counted, bytes } = measureClient();
    const { port } = await serve((_request, response) => response.end("hello"));
    await send({ port, method: "HEAD" });
    await counted(1);
    expect(await bytes("response")).toEqual({ count: 1, sum: 0 });
  });

  it("over TLS without the encryption", async () => {
    const { counted, bytes } = measureClient();
    const { port } = await serveTls((request, response) => {
      response.sendDate = false;
      request.pipe(response);
    });
    await send({ port, protocol: "https:", rejectUnauthorized: false, method: "POST" }, [
      "hello, ",
      "world",
    ]);
    await counted(1);
    expect(await bytes("request")).toEqual({ count: 1, sum: 27 });
    const { sum } = await bytes("response");
    expect(sum).toBeGreaterThanOrEqual(12);
    expect(sum).toBeLessThanOrEqual(30);
  });
});

describe("the address and port", () => {
  it("are those that were asked for, whatever the Host says", async () => {
    const { counted } = measureClient();
    const { port } = await serve((_request, response) => response.end());
    await send({ port, headers: { host: "www.example.com" } });
    await send({ port, headers: ["Host", `127.0.0.1:${port}`] as never });
    await send({ port, setHost: false, headers: { host: "" } });
    const agent = keepAlive({ maxSockets: 1 });
    await send({ port, agent });
    await send({ port, agent, headers: { host: "www.example.com" } });
    expect(await counted(5)).toStrictEqual([{ ...answered(port), count: 5 }]);
  });

  it("name a Unix domain socket by its path", async () => {
    const { counted } = measureClient();
    const socketPath = `/tmp/taskmon-test-${process.pid}.sock`;
    const server = http.createServer((_request, response) => response.end());
    await new Promise<void>((resolve) => server.listen(socketPath, resolve));
    afterTest(() => server.close());
    await send({ socketPath });
    const { "server.port": _port, ...rest } = answered(0);
    expect(await counted(1)).toStrictEqual([{ ...rest, "server.address": socketPath }]);
  });

  it("are told apart for so many hosts only", async () => {
    const { counted, reader } = measureClient({ maxHosts: 2 });
    const { port } = await serve((_request, response) => response.end());
    const lookup: LookupFunction = (_host, { all }, callback) =>
      all === true
        ? callback(null, [{ address: "127.0.0.1", family: 4 }])
        : callback(null, "127.0.0.1", 4);
    for (let i = 0; i < 50; i++) await send({ port, host: `h${i % 25}.test`, lookup });
    expect(
      (await counted(50)).map((point) => [
        point["server.address"],
        point["server.port"],
        point.count,
      ]),
    ).toEqual([
      ["h0.test", port, 2],
      ["h1.test", port, 2],
      ["_OTHER", undefined, 46],
    ]);
    expect(await seriesOf(reader, "http.client.active_requests")).toHaveLength(3);
  });
});

describe("a URL template", () => {
  it("is the one that the program names for the request, or for all that it does", async () => {
    const { counted } = measureClient();
    const { port } = await serve((_request, response) => response.end());
    const request = http.get({ port, host: "127.0.0.1", path: "/users/7" });
    setUrlTemplate(request, "/users/{id}");
    request.on("response", (response) => response.resume());
    await withUrlTemplate("/orders/{id}", () => send({ port, path: "/orders/8" }));
    await send({ port, path: "/plain" });
    expect(new Set((await counted(3)).map((point) => point["url.template"]))).toEqual(
      new Set(["/orders/{id}", "/users/{id}", undefined]),
    );
  });

  it("is forgiving to what the types forbid", () => {
    expect(() => setUrlTemplate(undefined as never, "/a")).not.toThrow();
    expect(() => setUrlTemplate({}, 1 as never)).not.toThrow();
    expect(withUrlTemplate(undefined as never, () => 1)).toBe(1);
  });
});
