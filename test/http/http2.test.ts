import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import http2, {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type Http2SecureServer,
  type Http2Server,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from "node:http2";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { setHttpRoute } from "../../src/http/index.ts";
import { active, afterTest, histogramPoints, measure, signal } from "./harness.ts";

const answered = {
  "http.request.method": "GET",
  "url.scheme": "http",
  "http.response.status_code": 200,
  "network.protocol.version": "2",
  count: 1,
};

const file = (name: string): Buffer => readFileSync(new URL(`fixtures/${name}`, import.meta.url));
const tls = { key: file("test-key.pem"), cert: file("test-cert.pem") };

/** A server with a client that are both closed after the test. */
async function start(server: Http2Server | Http2SecureServer): Promise<ClientHttp2Session> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const scheme = "setSecureContext" in server ? "https" : "http";
  const client = http2.connect(`${scheme}://127.0.0.1:${port}`, { rejectUnauthorized: false });
  client.on("error", () => {});
  afterTest(async () => {
    client.destroy();
    server.close();
    await once(server, "close");
  });
  return client;
}

/** Sends a request and reads the whole response. */
async function send(
  client: ClientHttp2Session,
  headers: OutgoingHttpHeaders = {},
  body?: string,
): Promise<string> {
  const stream = client.request(headers, { endStream: body === undefined });
  if (body !== undefined) stream.end(body);
  return await text(stream);
}

function onStream(handler: (stream: ServerHttp2Stream) => void): Http2Server {
  return http2
    .createServer()
    .on("stream", (stream: ServerHttp2Stream) => handler(stream.on("error", () => {})));
}

async function sizes(reader: Parameters<typeof histogramPoints>[0]): Promise<number[]> {
  const sum = async (name: string): Promise<number> =>
    (await histogramPoints(reader, name)).reduce((all, point) => all + point.sum, 0);
  return [await sum("http.server.request.body.size"), await sum("http.server.response.body.size")];
}

describe("a request of HTTP/2 counts once", () => {
  it("of the compatible API, with its sizes and its route", async () => {
    let publishesClose = false;
    const onClose = (): void => void (publishesClose = true);
    subscribe("http2.server.stream.close", onClose);
    afterTest(() => unsubscribe("http2.server.stream.close", onClose));
    const { counted, reader } = measure();
    const client = await start(
      http2.createServer((request, response) => {
        setHttpRoute(request, "/users/:id");
        request.resume().on("end", () => {
          response.write("four");
          response.end("five5");
        });
      }),
    );
    expect(await send(client, { ":path": "/users/1", ":method": "POST" }, "sixsix")).toBe(
      "fourfive5",
    );
    expect(await counted(1)).toStrictEqual([
      { ...answered, "http.request.method": "POST", "http.route": "/users/:id" },
    ]);
    // Earlier releases of Node.js 22 do not say when a stream closes, and after that nobody knows.
    expect(await sizes(reader)).toEqual(publishesClose ? [6, 9] : [0, 0]);
    expect(await active(reader)).toBe(0);
  });

  it("of the core API over TLS", async () => {
    const { counted } = measure();
    const server = http2.createSecureServer(tls);
    server.on("stream", (stream) => {
      stream.respond({ ":status": 503 });
      stream.end("no");
    });
    await send(await start(server));
    expect(await counted(1)).toStrictEqual([
      {
        ...answered,
        "url.scheme": "https",
        "http.response.status_code": 503,
        "error.type": "503",
      },
    ]);
  });

  it("many at a time over one connection, each with its own answer", async () => {
    const { counted, reader } = measure();
    const waiting: ServerHttp2Stream[] = [];
    const all = signal();
    const client = await start(
      onStream((stream) => {
        if (waiting.push(stream) === 10) all.give();
      }),
    );
    const responses = Array.from({ length: 10 }, () => send(client));
    await all.given;
    expect(await active(reader)).toBe(10);
    for (const [index, stream] of waiting.entries()) {
      stream.respond({ ":status": index < 5 ? 200 : 404 });
      stream.end();
    }
    await Promise.all(responses);
    expect(await counted(10)).toStrictEqual([
      { ...answered, count: 5 },
      { ...answered, "http.response.status_code": 404, count: 5 },
    ]);
    expect(await active(reader)).toBe(0);
  });

  it("with HEAD, 204, a file and trailers", async () => {
    const { counted } = measure();
    const client = await start(
      onStream((stream) => {
        const path = new URL(import.meta.url).pathname;
        const headers = { ":status": 200 };
        stream.on("wantTrailers", () => stream.sendTrailers({ sum: "1" }));
        const kind = waitingKinds.shift();
        if (kind === "file") stream.respondWithFile(path, headers);
        else if (kind === "none") stream.respond({ ":status": 204 }, { endStream: true });
        else {
          stream.respond(headers, { waitForTrailers: kind === "trailers" });
          stream.end(kind === "head" ? undefined : "body");
        }
      }),
    );
    const waitingKinds = ["file", "none", "trailers", "head"];
    await send(client);
    await send(client);
    await send(client);
    await send(client, { ":method": "HEAD" });
    expect(await counted(4)).toStrictEqual([
      { ...answered, count: 2 },
      { ...answered, "http.response.status_code": 204 },
      { ...answered, "http.request.method": "HEAD" },
    ]);
  });

  it("and what the server pushes is none", async () => {
    const { counted } = measure();
    const client = await start(
      onStream((stream) => {
        stream.pushStream({ ":path": "/pushed" }, (_error, pushed) => {
          pushed.respond();
          pushed.end("pushed");
          stream.respond();
          stream.end("asked");
        });
      }),
    );
    client.on("stream", (pushed) => pushed.resume());
    await send(client);
    await counted(1);
  });
});

describe("a request of HTTP/2 without a whole response", () => {
  const { "http.response.status_code": _, ...unanswered } = answered;
  interface Ending {
    readonly what: string;
    readonly reason: string;
    readonly status?: number;
    readonly handler?: (stream: ServerHttp2Stream) => void;
    readonly then?: (
      stream: ClientHttp2Stream,
      client: ClientHttp2Session,
      server: ServerHttp2Stream,
    ) => unknown;
  }
  const endings: Ending[] = [
    {
      what: "the client cancels",
      reason: "client_disconnected",
      then: (stream) => stream.close(http2.constants.NGHTTP2_CANCEL),
    },
    {
      what: "the client cancels within the response",
      reason: "client_disconnected",
      status: 200,
      handler: (stream) => {
        stream.respond();
        stream.write("part");
      },
      then: async (stream) => {
        await once(stream, "data");
        stream.close(http2.constants.NGHTTP2_CANCEL);
      },
    },
    {
      what: "the client destroys the connection",
      reason: "client_disconnected",
      then: (_stream, client) => client.destroy(),
    },
    {
      what: "the program destroys the stream",
      reason: "server_aborted",
      then: (_stream, _client, server) => server.destroy(new Error("enough")),
    },
    {
      what: "the program refuses the stream",
      reason: "server_aborted",
      then: (_stream, _client, server) => server.close(http2.constants.NGHTTP2_INTERNAL_ERROR),
    },
    {
      what: "the program destroys the session",
      reason: "server_aborted",
      then: (_stream, _client, server) => server.session!.destroy(),
    },
    {
      what: "the client calls it a protocol error",
      reason: "invalid_request",
      then: (stream) => stream.close(http2.constants.NGHTTP2_PROTOCOL_ERROR),
    },
  ];

  it.each(endings)("$what: $reason", async ({ reason, status, handler, then }) => {
    const { counted, reader } = measure();
    const called = signal();
    let server!: ServerHttp2Stream;
    const client = await start(
      onStream((stream) => {
        server = stream;
        handler?.(stream);
        called.give();
      }),
    );
    const stream = client.request().on("error", () => {});
    await called.given;
    await then?.(stream, client, server);
    expect(await counted(1)).toStrictEqual([
      {
        ...(status === undefined
          ? unanswered
          : { ...answered, "http.response.status_code": status }),
        "error.type": reason,
        count: 1,
      },
    ]);
    expect(await active(reader)).toBe(0);
  });
});
