import { once } from "node:events";
import { readFileSync } from "node:fs";
import http2, { type ClientHttp2Session, type ClientHttp2Stream } from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import { Agent, fetch as npmFetch } from "undici";
import { describe, expect, it } from "vitest";
import {
  FetchMetricsInstrumentation,
  HttpMetricsInstrumentation,
  setUrlTemplate,
} from "../../src/http/index.ts";
import { closedPort, measureClient } from "./client-harness.ts";
import { afterTest, histogramPoints, provide, turns } from "./harness.ts";

const [major, minor] = process.versions.node.split(".").map(Number) as [number, number];
/** Node.js publishes the streams of clients from here on. */
const published = major > 24 || (major === 24 && minor >= 3) || (major === 22 && minor >= 17);

type Handler = (stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders) => void;

async function serve(handler: Handler): Promise<{ port: number; sockets: Set<Socket> }> {
  const server = http2.createServer();
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket));
  server.on("session", (session) => session.on("error", () => {}));
  server.on("stream", (stream, headers) => {
    stream.on("error", () => {});
    handler(stream, headers);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  afterTest(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, sockets };
}

function connect(port: number): ClientHttp2Session {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  session.on("error", () => {});
  afterTest(() => session.destroy());
  return session;
}

function send(
  session: ClientHttp2Session,
  headers: http2.OutgoingHttpHeaders = {},
  options: http2.ClientSessionRequestOptions = {},
): ClientHttp2Stream {
  const stream = session.request(headers, options);
  stream.on("error", () => {}).resume();
  return stream;
}

const answered = (port: number): Record<string, unknown> => ({
  "http.request.method": "GET",
  "server.address": "127.0.0.1",
  "server.port": port,
  "url.scheme": "http",
  "http.response.status_code": 200,
  "network.protocol.version": "2",
  count: 1,
});

describe.runIf(published)("a request over HTTP/2", () => {
  it("counts once, with the labels of the conventions, whichever stream of a session it has", async () => {
    const { counted, active, connections, bytes } = measureClient();
    const { port } = await serve((stream) => {
      stream.respond({ ":status": 200 });
      stream.pipe(stream);
    });
    const session = connect(port);
    for (let i = 0; i < 3; i++) send(session, { ":method": "POST" }).end("some body");
    expect(await counted(3)).toStrictEqual([
      { ...answered(port), "http.request.method": "POST", count: 3 },
    ]);
    expect(await bytes("request")).toEqual({ count: 3, sum: 27 });
    expect(await bytes("response")).toEqual({ count: 3, sum: 27 });
    expect(await active()).toEqual([]);
    expect(await connections()).toEqual({ active: 0, idle: 1 });
    session.close();
    await expect.poll(connections).toEqual({ active: 0, idle: 0 });
  });

  it.each([
    ["GET", 204, undefined],
    ["HEAD", 200, undefined],
    ["GET", 404, "404"],
    ["GET", 503, "503"],
  ])("counts %s with status %i and error.type %s", async (method, status, errorType) => {
    const { counted, bytes } = measureClient();
    const { port } = await serve((stream) => {
      stream.respond({ ":status": status, ...(status === 200 && { "content-length": "5" }) });
      stream.end(status === 204 ? undefined : "hello");
    });
    send(connect(port), { ":method": method });
    const [point] = await counted(1);
    expect([point?.["http.response.status_code"], point?.["error.type"]]).toEqual([
      status,
      errorType,
    ]);
    expect((await bytes("response")).sum).toBe(errorType === undefined ? 0 : 5);
  });

  it("counts under the template that the program names, and nothing that the server pushes", async () => {
    const { counted } = measureClient();
    const { port } = await serve((stream, { ":path": path }) => {
      stream.respond({ ":status": 200 });
      if (path !== "/push") stream.end();
      else {
        stream.pushStream({ ":path": "/pushed" }, (_error, pushed) => {
          pushed.respond({ ":status": 200 });
          pushed.end("pushed");
          stream.end();
        });
      }
    });
    const session = connect(port);
    session.on("stream", (pushed) => pushed.resume());
    setUrlTemplate(send(session, { ":path": "/users/1" }), "/users/{id}");
    send(session, { ":path": "/push" });
    expect((await counted(2)).map((point) => point["url.template"])).toEqual(
      expect.arrayContaining(["/users/{id}", undefined]),
    );
  });

  it("is active while it waits, on a connection that is in use", async () => {
    const { counted, active, connections } = measureClient();
    const { port } = await serve(() => {});
    const session = connect(port);
    const streams = [send(session), send(session)];
    await expect.poll(connections).toEqual({ active: 1, idle: 0 });
    expect(await active()).toMatchObject([{ value: 2 }]);
    streams[0]!.close();
    await counted(1);
    expect(await active()).toMatchObject([{ value: 1 }]);
    expect(await connections()).toEqual({ active: 1, idle: 0 });
    streams[1]!.close();
    await counted(2);
    expect(await active()).toEqual([]);
    expect(await connections()).toEqual({ active: 0, idle: 1 });
  });
});

describe.runIf(published)("a request over HTTP/2 ends as", () => {
  const half: Handler = (stream) => {
    stream.respond({ ":status": 200 });
    stream.write("some");
  };

  it.each<[string, string, number | undefined, Handler, (s: ClientHttp2Stream) => unknown]>([
    ["aborted", "the program closes it", 200, half, (stream) => stream.close()],
    ["aborted", "the program cancels it", 200, half, (stream) => stream.close(8)],
    ["aborted", "the program destroys it", 200, half, (stream) => stream.destroy()],
    ["aborted", "it is destroyed with an error", 200, half, (s) => s.destroy(new Error("no"))],
    ["aborted", "the program destroys the session", 200, half, (s) => s.session!.destroy()],
    [
      "server_disconnected",
      "the server refuses it",
      undefined,
      (stream) => stream.close(http2.constants.NGHTTP2_REFUSED_STREAM),
      () => {},
    ],
    [
      "server_disconnected",
      "the server resets it",
      200,
      (stream) => {
        half(stream, {});
        setTimeout(() => stream.destroy(new Error("no")), 20);
      },
      () => {},
    ],
  ])("%s, where %s", async (errorType, _what, status, handler, act) => {
    const { counted, active, connections } = measureClient();
    const { port } = await serve(handler);
    const session = connect(port);
    const stream = send(session);
    stream.once("data", () => act(stream));
    const [point] = await counted(1);
    expect([point?.["error.type"], point?.["http.response.status_code"]]).toEqual([
      errorType,
      status,
    ]);
    expect(await active()).toEqual([]);
    session.destroy();
    await expect.poll(connections).toEqual({ active: 0, idle: 0 });
  });

  it("server_disconnected, where the connection is lost", async () => {
    const { counted, connections } = measureClient();
    const { port, sockets } = await serve(half);
    send(connect(port)).once("data", () => {
      for (const socket of sockets) socket.destroy();
    });
    expect(await counted(1)).toMatchObject([{ "error.type": "server_disconnected" }]);
    await expect.poll(connections).toEqual({ active: 0, idle: 0 });
  });

  it("aborted or timeout, as its signal says", async () => {
    const { counted } = measureClient();
    const { port } = await serve(half);
    const controller = new AbortController();
    send(connect(port), {}, { signal: controller.signal }).once("data", () => controller.abort());
    send(connect(port), {}, { signal: AbortSignal.timeout(400) });
    expect((await counted(2)).map((point) => point["error.type"])).toEqual(["aborted", "timeout"]);
  });

  it("connection_refused, where nobody listens", async () => {
    const { counted, active } = measureClient();
    send(connect(await closedPort()));
    expect(await counted(1)).toMatchObject([{ "error.type": "connection_refused" }]);
    expect(await active()).toEqual([]);
  });
});

it("is measured once where undici sends it", async () => {
  const file = (name: string): Buffer => readFileSync(new URL(`fixtures/${name}`, import.meta.url));
  const server = http2.createSecureServer({
    key: file("test-key.pem"),
    cert: file("test-cert.pem"),
  });
  server.on("request", (_request, response) => response.end("hello"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  afterTest(() => server.close());
  const { provider, reader } = provide();
  const instrumentations = [
    new HttpMetricsInstrumentation({ server: false }),
    new FetchMetricsInstrumentation(),
  ];
  for (const instrumentation of instrumentations) {
    instrumentation.setMeterProvider(provider);
    afterTest(() => instrumentation.disable());
  }
  const agent = new Agent({ allowH2: true, connect: { rejectUnauthorized: false } });
  afterTest(() => agent.destroy());
  const { port } = server.address() as AddressInfo;
  for (let i = 0; i < 4; i++) {
    await (await npmFetch(`https://127.0.0.1:${port}/`, { dispatcher: agent })).text();
  }
  await turns(5);
  const points = await histogramPoints(reader, "http.client.request.duration");
  expect(
    points.map(({ count, attributes }) => [count, attributes["network.protocol.version"]]),
  ).toEqual([[4, "2"]]);
});
