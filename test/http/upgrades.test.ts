import { once } from "node:events";
import { readFileSync } from "node:fs";
import http, { type Server } from "node:http";
import http2, { type ClientHttp2Session, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import { Agent, Client, type Dispatcher } from "undici";
import { describe, expect, it } from "vitest";
import { measureClient, measureFetch } from "./client-harness.ts";
import { active, afterTest, measure, serve } from "./harness.ts";

// The endings of what takes its connection over, which are the same on every path: one table for
// clients, one for servers.

type Ask = "CONNECT" | "upgrade";
type Answer = "agrees" | "declines" | "declines and hangs up" | "hangs up";

interface Ending {
  readonly status: number | undefined;
  readonly errorType: string | undefined;
}

const clientEndings: readonly (readonly [Ask, Answer, Ending])[] = [
  ["CONNECT", "agrees", { status: 200, errorType: undefined }],
  ["CONNECT", "declines", { status: 407, errorType: "407" }],
  ["CONNECT", "declines and hangs up", { status: 407, errorType: "407" }],
  ["CONNECT", "hangs up", { status: undefined, errorType: "server_disconnected" }],
  ["upgrade", "agrees", { status: 101, errorType: undefined }],
  ["upgrade", "declines", { status: 403, errorType: "403" }],
  ["upgrade", "declines and hangs up", { status: 403, errorType: "403" }],
  ["upgrade", "hangs up", { status: undefined, errorType: "server_disconnected" }],
];

/** Ways to send, each with what it asks for; each waits until the other side has done its part. */
const clientPaths: readonly {
  readonly name: string;
  readonly asks: readonly Ask[];
  readonly measured: () => ReturnType<typeof measureFetch | typeof measureClient>;
  send(ask: Ask, answer: Answer): Promise<void>;
}[] = [
  { name: "node:http", asks: ["CONNECT", "upgrade"], measured: measureClient, send: sendHttp },
  {
    name: "npm's undici",
    asks: ["CONNECT", "upgrade"],
    measured: measureFetch,
    send: (ask, answer) => sendUndici(Client, ask, answer),
  },
  {
    name: "the built-in undici",
    asks: ["CONNECT", "upgrade"],
    measured: measureFetch,
    send: async (ask, answer) => sendUndici(await builtInAgent(), ask, answer),
  },
  { name: "node:http2", asks: ["CONNECT"], measured: measureClient, send: sendHttp2 },
  {
    name: "npm's undici over HTTP/2",
    asks: ["CONNECT"],
    measured: measureFetch,
    send: (_ask, answer) => sendUndiciHttp2(answer),
  },
  // Not the built-in undici over HTTP/2: before 8.12 it publishes nothing of a CONNECT.
];

describe.each(clientPaths)("by $name", ({ asks, measured, send }) => {
  it.each(clientEndings.filter(([ask]) => asks.includes(ask)))(
    "%s, where the server %s, ends as it does on every path",
    async (ask, answer, { status, errorType }) => {
      const { counted, active: actives, connections } = measured();
      await send(ask, answer);
      const [point, ...others] = await counted(1);
      expect(others).toEqual([]);
      expect(point).toMatchObject({ "http.request.method": ask === "CONNECT" ? ask : "GET" });
      expect([point?.["http.response.status_code"], point?.["error.type"]]).toEqual([
        status,
        errorType,
      ]);
      expect(await actives()).toEqual([]);
      await expect.poll(async () => (await connections()).active).toBe(0);
    },
  );
});

const serverPaths: readonly {
  readonly name: string;
  /** Resolves while the connection stands. */
  readonly take: () => Promise<void>;
  readonly ending: Readonly<Record<string, unknown>>;
}[] = [
  {
    name: "an upgrade",
    take: async () => {
      const { port } = await serveAnswer("agrees");
      request(port, "upgrade");
    },
    ending: { "http.request.method": "GET", "network.protocol.version": "1.1" },
  },
  {
    name: "CONNECT",
    take: async () => {
      const { port } = await serveAnswer("agrees");
      request(port, "CONNECT");
    },
    ending: { "http.request.method": "CONNECT", "network.protocol.version": "1.1" },
  },
  {
    name: "CONNECT over HTTP/2",
    take: async () => {
      const session = await serveHttp2("agrees");
      session.request({ ":method": "CONNECT", ":authority": "other:1" }).resume();
    },
    ending: {
      "http.request.method": "CONNECT",
      "http.response.status_code": 200,
      "network.protocol.version": "2",
    },
  },
  {
    name: "a WebSocket over HTTP/2 (RFC 8441)",
    take: async () => {
      const session = await serveHttp2("agrees");
      await once(session, "remoteSettings");
      const headers = { ":method": "CONNECT", ":protocol": "websocket", ":path": "/chat" };
      session.request(headers, { endStream: false }).resume();
    },
    ending: {
      "http.request.method": "CONNECT",
      "http.response.status_code": 200,
      "network.protocol.version": "2",
    },
  },
];

it.each(serverPaths)(
  "$name that a server of ours takes ends at once, without an error",
  async ({ take, ending }) => {
    const { counted, reader } = measure();
    await take();
    expect(await counted(1)).toStrictEqual([{ "url.scheme": "http", ...ending, count: 1 }]);
    expect(await active(reader)).toBe(0);
  },
);

/** A request of `node:http`, whose connection is closed after the test. */
function request(port: number, ask: Ask): http.ClientRequest {
  const options = { port, host: "127.0.0.1", agent: false } as const;
  const sent =
    ask === "CONNECT"
      ? http.request({ ...options, method: ask, path: "other:1" })
      : http.request({ ...options, headers: { connection: "upgrade", upgrade: "foo" } });
  sent.on("error", () => {});
  for (const event of ["connect", "upgrade"]) {
    sent.on(event, (_response, socket: Socket) => {
      socket.on("error", () => {}).resume();
      afterTest(() => socket.destroy());
    });
  }
  sent.end();
  return sent;
}

async function sendHttp(ask: Ask, answer: Answer): Promise<void> {
  const { port } = await serveAnswer(answer);
  request(port, ask).on("response", (response) => {
    response.on("error", () => {}).resume();
  });
}

/** A server that does with what wants its connection what it is told to. */
async function serveAnswer(answer: Answer): Promise<{ port: number; server: Server }> {
  const served = await serve(() => {});
  const respond =
    (agreed: string, declined: string) =>
    (_request: unknown, socket: Socket): void => {
      socket.on("error", () => {});
      afterTest(() => socket.destroy());
      if (answer === "hangs up") socket.destroy();
      else if (answer === "agrees") socket.write(`HTTP/1.1 ${agreed}\r\n\r\n`);
      else if (answer === "declines")
        socket.write(`HTTP/1.1 ${declined}\r\ncontent-length: 2\r\n\r\nno`);
      else socket.end(`HTTP/1.1 ${declined}\r\ncontent-length: 20\r\n\r\nno`);
    };
  served.server.on("connect", respond("200 Tunnel", "407 Who are you"));
  served.server.on(
    "upgrade",
    respond("101 Hello\r\nconnection: upgrade\r\nupgrade: foo", "403 No"),
  );
  return served;
}

type DispatcherClass = new (origin: string & object) => Dispatcher;

async function sendUndici(
  made: DispatcherClass | typeof Client,
  ask: Ask,
  answer: Answer,
): Promise<void> {
  const { port } = await serveAnswer(answer);
  const origin = `http://127.0.0.1:${port}`;
  const client = made === Client ? new Client(origin) : new (made as typeof Agent)();
  afterTest(() => client.destroy());
  dispatch(client, {
    origin,
    ...(ask === "CONNECT"
      ? { method: "CONNECT", path: "other:1" }
      : { method: "GET", path: "/", upgrade: "foo" }),
  });
}

/** As undici's own `connect` and `upgrade` take the answer: what they did not ask for is an error. */
function dispatch(client: Dispatcher, options: Dispatcher.DispatchOptions): void {
  const taken = (socket: Socket | null): void => {
    socket?.on("error", () => {}).resume();
    afterTest(() => void socket?.destroy());
  };
  const refused = (): never => {
    throw new Error("bad upgrade");
  };
  const handler = {
    onRequestStart: () => {},
    onRequestUpgrade: (_controller: unknown, _status: number, _headers: unknown, socket: Socket) =>
      taken(socket),
    onResponseStart: refused,
    onResponseData: () => {},
    onResponseEnd: () => {},
    onResponseError: () => {},
    // Of undici 7 and before.
    onConnect: () => {},
    onUpgrade: (_status: number, _headers: unknown, socket: Socket) => taken(socket),
    onError: () => {},
  };
  client.dispatch(options, handler);
}

/** The class of the dispatcher that `fetch` uses. */
async function builtInAgent(): Promise<typeof Agent> {
  await fetch("http://127.0.0.1:1/").catch(() => {});
  const found = Object.getOwnPropertySymbols(globalThis)
    .filter(({ description }) => description?.startsWith("undici.globalDispatcher."))
    .map((symbol) => (globalThis as Record<symbol, unknown>)[symbol] as object);
  const builtIn = found.find((dispatcher) => !(dispatcher instanceof Agent))!;
  return builtIn.constructor as typeof Agent;
}

function respondHttp2(answer: Answer): (stream: ServerHttp2Stream) => void {
  return (stream) => {
    stream.on("error", () => {});
    if (answer === "agrees") stream.respond({ ":status": 200 });
    else if (answer === "hangs up") stream.session!.socket.destroy();
    else {
      stream.respond({ ":status": 407 });
      if (answer === "declines") stream.end();
      else stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR);
    }
  };
}

async function serveHttp2(answer: Answer): Promise<ClientHttp2Session> {
  const server = http2.createServer({ settings: { enableConnectProtocol: true } });
  server.on("stream", respondHttp2(answer));
  server.on("session", (session) => session.on("error", () => {}));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const session = http2.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  session.on("error", () => {});
  afterTest(() => {
    session.destroy();
    server.close();
  });
  return session;
}

async function sendHttp2(_ask: Ask, answer: Answer): Promise<void> {
  const session = await serveHttp2(answer);
  const stream = session.request({ ":method": "CONNECT", ":authority": "other:1" });
  stream.on("error", () => {}).resume();
}

async function sendUndiciHttp2(answer: Answer): Promise<void> {
  const file = (name: string): Buffer => readFileSync(new URL(`fixtures/${name}`, import.meta.url));
  const server = http2.createSecureServer({
    key: file("test-key.pem"),
    cert: file("test-cert.pem"),
    settings: { enableConnectProtocol: true },
  });
  server.on("stream", respondHttp2(answer));
  server.on("session", (session) => session.on("error", () => {}));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const agent = new Agent({ allowH2: true, connect: { rejectUnauthorized: false } });
  afterTest(async () => {
    await agent.destroy();
    server.close();
  });
  const origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  dispatch(agent, { origin, method: "CONNECT", path: "other:1" });
}
