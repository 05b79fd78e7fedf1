import http, { type Server } from "node:http";
import type { Socket } from "node:net";
import { Client } from "undici";
import { beforeAll, describe, expect, it } from "vitest";
import { HttpMetricsInstrumentation, FetchMetricsInstrumentation } from "../../src/http/index.ts";
import { afterTest, histogramPoints, measure, RawClient, serve } from "../http/harness.ts";

type Ask = "connect" | "upgrade";
type Listeners = Readonly<Record<string, number>>;

const UPGRADE = { connection: "upgrade", upgrade: "foo" };
const ANSWER = "HTTP/1.1 101 Yes\r\nconnection: upgrade\r\nupgrade: foo\r\n\r\n";

function listenersOf(socket: Socket): Listeners {
  const names = socket.eventNames().map(String);
  return Object.fromEntries(names.map((name) => [name, socket.listenerCount(name)]));
}

/** The listeners of the sockets that a server and its client get at their events. */
const ways: Readonly<Record<string, () => Promise<readonly Listeners[]>>> = {
  "upgrade, by node:http": () => takeOver("upgrade", request("upgrade")),
  "CONNECT, by node:http": () => takeOver("connect", request("connect")),
  "upgrade by undici": () =>
    takeOver("upgrade", async (port) => {
      const client = new Client(`http://127.0.0.1:${port}`);
      const { socket } = await client.upgrade({ path: "/", protocol: "foo" });
      return socket as Socket;
    }),
  "CONNECT by undici": () =>
    takeOver("connect", async (port) => {
      const client = new Client(`http://127.0.0.1:${port}`);
      const { socket } = await client.connect({ path: "other:1" });
      return socket as Socket;
    }),
};

function request(ask: Ask): (port: number) => Promise<Listeners> {
  return (port) =>
    new Promise((resolve) => {
      const agent = new http.Agent({ keepAlive: true });
      const options = { port, host: "127.0.0.1", agent };
      const sent =
        ask === "connect"
          ? http.request({ ...options, method: "CONNECT", path: "other:1" })
          : http.request({ ...options, headers: UPGRADE });
      sent.on(ask, (_response, socket: Socket) => {
        afterTest(() => socket.destroy());
        resolve(listenersOf(socket));
      });
      sent.end();
    });
}

async function takeOver(
  ask: Ask,
  send: (port: number) => Promise<Listeners | Socket>,
): Promise<readonly Listeners[]> {
  const { server, port } = await serve(() => {});
  const served = new Promise<Listeners>((resolve) => {
    server.on(ask, (_request, socket: Socket) => {
      afterTest(() => socket.destroy());
      socket.write(ask === "connect" ? "HTTP/1.1 200 Tunnel\r\n\r\n" : ANSWER);
      resolve(listenersOf(socket));
    });
  });
  const got = await send(port);
  const client = "eventNames" in got ? listenersOf(got as Socket) : got;
  if ("destroy" in got) afterTest(() => void (got as Socket).destroy());
  return [await served, client];
}

describe("a socket that is handed over carries nothing of ours, at the event already", () => {
  const bare = new Map<string, readonly Listeners[]>();

  beforeAll(async () => {
    for (const [name, way] of Object.entries(ways)) bare.set(name, await way());
  });

  it.each(Object.keys(ways))("%s", async (name) => {
    const instrumentations = [new HttpMetricsInstrumentation(), new FetchMetricsInstrumentation()];
    afterTest(() => instrumentations.map((instrumentation) => instrumentation.disable()));
    expect(await ways[name]!()).toEqual(bare.get(name));
  });
});

/** A server that gives what comes through its tunnels to another one of the program's. */
async function tunnel(inner: Server, later?: Promise<unknown>): Promise<RawClient> {
  const { server, port } = await serve(() => {});
  server.on("connect", (_request, socket: Socket) => {
    socket.write("HTTP/1.1 200 Tunnel\r\n\r\n");
    if (later === undefined) inner.emit("connection", socket);
    else void later.then(() => inner.emit("connection", socket));
  });
  const client = new RawClient(port);
  client.send("CONNECT other:1 HTTP/1.1", "Host: t", "", "");
  await client.receives("200 Tunnel");
  return client;
}

function innerServer(): Server {
  const inner = http.createServer((_request, response) => response.end("inner"));
  inner.on("upgrade", (_request, socket: Socket) => socket.end(ANSWER));
  return inner;
}

const SENT = ["GET / HTTP/1.1", "Host: t", "Connection: upgrade", "Upgrade: foo", "", ""];
const taken = { "url.scheme": "http", "network.protocol.version": "1.1" };

it("counts an upgrade inside a tunnel that the program gives to a server of its own", async () => {
  const { counted } = measure();
  const client = await tunnel(innerServer());
  client.send(...SENT);
  await client.receives("101 Yes");
  expect(await counted(2)).toEqual([
    { ...taken, "http.request.method": "CONNECT", count: 1 },
    { ...taken, "http.request.method": "GET", count: 1 },
  ]);
});

it("counts it later too, once that server has answered a request", async () => {
  const { counted, instrumentation } = measure();
  const inner = innerServer();
  const before = inner.listenerCount("connection");
  const first = await tunnel(inner, new Promise((resolve) => setTimeout(resolve, 5)));
  first.get();
  await first.receives("inner");
  const second = await tunnel(inner, new Promise((resolve) => setTimeout(resolve, 5)));
  second.send(...SENT);
  await second.receives("101 Yes");
  expect(await counted(4)).toHaveLength(3);
  instrumentation.disable();
  expect(inner.listenerCount("connection")).toBe(before);
});

it("counts the sizes of what goes through a tunnel without those of the tunnel", async () => {
  const { counted, reader } = measure();
  const inner = http.createServer((_request, response) => {
    response.write("chunk");
    response.end();
  });
  const client = await tunnel(inner);
  client.get();
  await client.receives("0\r\n\r\n");
  await counted(2);
  const points = await histogramPoints(reader, "http.server.response.body.size");
  expect(points.map(({ sum }) => sum)).toEqual(["5\r\nchunk\r\n0\r\n\r\n".length]);
});
