import type { IncomingMessage, Server, ServerOptions, ServerResponse } from "node:http";
import { connect } from "node:tls";
import { describe, expect, it } from "vitest";
import type { UnfinishedReason } from "../../src/http/index.ts";
import { afterTest, measure, RawClient, serve, serveTls, signal } from "./harness.ts";

interface Ending {
  readonly what: string;
  readonly reason: UnfinishedReason;
  /** The status that the client was sent, if any. */
  readonly status?: number;
  readonly options?: ServerOptions;
  readonly body?: boolean;
  readonly handler?: (request: IncomingMessage, response: ServerResponse) => void;
  /** Happens once the handler has been called. */
  readonly then?: (client: RawClient, server: Server, response: ServerResponse) => unknown;
}

const hang = (): void => {};
const begin = (_request: IncomingMessage, response: ServerResponse): void => {
  response.writeHead(200).write("part");
};
const never = Buffer.alloc(32_000_000);

const endings: Ending[] = [
  {
    what: "the client closes before the header block",
    reason: "client_disconnected",
    then: (client) => client.socket.destroy(),
  },
  {
    what: "the client resets before the header block",
    reason: "client_disconnected",
    then: (client) => client.socket.resetAndDestroy(),
  },
  {
    what: "the client closes within the response",
    reason: "client_disconnected",
    status: 200,
    handler: begin,
    then: async (client) => {
      await client.receives("part");
      client.socket.destroy();
    },
  },
  {
    what: "the client resets while the last bytes are under way",
    reason: "client_disconnected",
    status: 200,
    handler: (_request, response) => response.end(never),
    then: (client) => client.socket.resetAndDestroy(),
  },
  {
    what: "the client closes while a 500 is under way",
    reason: "client_disconnected",
    status: 500,
    handler: (_request, response) => response.writeHead(500).end(never),
    then: (client) => client.socket.resetAndDestroy(),
  },
  {
    what: "the client closes within its own body",
    reason: "client_disconnected",
    body: true,
    then: (client) => client.socket.end(),
  },
  {
    what: "the client closes, and the program then destroys the response",
    reason: "client_disconnected",
    handler: (request, response) => request.on("aborted", () => response.destroy()),
    then: (client) => client.socket.destroy(),
  },
  {
    what: "the client closes, and the program answers later",
    reason: "client_disconnected",
    handler: (request, response) => request.on("close", () => response.end("late")),
    then: (client) => client.socket.destroy(),
  },
  {
    what: "the client sends a body that is not HTTP",
    reason: "invalid_request",
    body: true,
    options: { keepAlive: true },
    then: (client) => client.send("no chunk", ""),
  },
  {
    what: "the client is too slow with its body",
    reason: "request_timeout",
    body: true,
    options: { requestTimeout: 40, headersTimeout: 30, connectionsCheckingInterval: 10 },
  },
  {
    what: "the program destroys the response",
    reason: "server_aborted",
    then: (_client, _server, response) => response.destroy(),
  },
  {
    what: "the program destroys the response whose header block was only composed",
    reason: "server_aborted",
    handler: (_request, response) => response.writeHead(200),
    then: (_client, _server, response) => response.destroy(),
  },
  {
    what: "the program destroys the response within its body",
    reason: "server_aborted",
    status: 200,
    handler: begin,
    then: (_client, _server, response) => response.destroy(new Error("enough")),
  },
  {
    what: "the program destroys the response because a connection of its own was reset",
    reason: "server_aborted",
    then: (_client, _server, response) =>
      response.destroy(Object.assign(new Error("upstream"), { code: "ECONNRESET" })),
  },
  {
    what: "the program destroys the socket",
    reason: "server_aborted",
    then: (_client, _server, response) => response.socket!.destroy(),
  },
  {
    what: "the program destroys the socket while the last bytes are under way",
    reason: "server_aborted",
    status: 200,
    handler: (_request, response) => response.end(never),
    then: (_client, _server, response) => response.socket!.destroy(),
  },
  {
    what: "the connection idles for longer than its timeout, and nobody listens for that",
    reason: "server_aborted",
    handler: (request) => void request.socket.setTimeout(20),
  },
  {
    what: "the server closes all connections",
    reason: "server_aborted",
    status: 200,
    handler: begin,
    then: (_client, server) => server.close().closeAllConnections(),
  },
];

describe("a request without a whole response counts once, with what ended it", () => {
  it.each(endings)("$what: $reason", async (ending) => {
    const { counted } = measure();
    const called = signal();
    let response!: ServerResponse;
    const { server, port } = await serve((request, given) => {
      response = given;
      (ending.handler ?? hang)(request, given);
      called.give();
    }, ending.options);
    const client = new RawClient(port);
    // What is not read fills the buffers, so that a large response stays under way.
    if (ending.handler !== begin) client.socket.pause();
    if (ending.body) {
      client.send("POST / HTTP/1.1", "Host: test", "Transfer-Encoding: chunked", "", "");
    } else {
      client.get();
    }
    await called.given;
    await ending.then?.(client, server, response);
    expect(await counted(1)).toStrictEqual([
      {
        "http.request.method": ending.body ? "POST" : "GET",
        "url.scheme": "http",
        "network.protocol.version": "1.1",
        ...(ending.status !== undefined && { "http.response.status_code": ending.status }),
        "error.type": ending.reason,
        count: 1,
      },
    ]);
  });

  it("the client of a TLS server closes: client_disconnected", async () => {
    const { counted } = measure();
    const called = signal();
    const { port } = await serveTls(called.give);
    const client = connect({ port, host: "127.0.0.1", rejectUnauthorized: false });
    afterTest(() => client.destroy());
    client.on("error", () => {}).write("GET / HTTP/1.1\r\nHost: t\r\n\r\n");
    await called.given;
    client.destroy();
    expect(await counted(1)).toMatchObject([
      { "url.scheme": "https", "error.type": "client_disconnected", count: 1 },
    ]);
  });

  it("a server that outlives the client's end answers as usual: no error", async () => {
    const { counted } = measure();
    const { server, port } = await serve((request, response) => {
      request.socket.once("end", () => setImmediate(() => response.end("still here")));
    });
    (server as { httpAllowHalfOpen?: boolean }).httpAllowHalfOpen = true;
    const client = new RawClient(port);
    client.get();
    client.socket.end();
    await client.receives("still here");
    expect(await counted(1)).toMatchObject([{ "http.response.status_code": 200, count: 1 }]);
  });
});
