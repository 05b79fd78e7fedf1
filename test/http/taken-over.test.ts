import { once } from "node:events";
import type { Server } from "node:http";
import { connect } from "node:tls";
import { describe, expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { active, afterTest, measure, RawClient, serve, serveTls } from "./harness.ts";

const taken = {
  "http.request.method": "GET",
  "url.scheme": "http",
  "network.protocol.version": "1.1",
  count: 1,
};
const refused = {
  "http.request.method": "_OTHER",
  "url.scheme": "http",
  "error.type": "invalid_request",
  count: 1,
};
const UPGRADE = ["GET / HTTP/1.1", "Host: t", "Connection: upgrade", "Upgrade: foo", "", ""];

function takeOver(server: Server): void {
  server.on("upgrade", (_request, socket) => socket.end("HTTP/1.1 101 Hello\r\n\r\n"));
  server.on("connect", (_request, socket) => socket.end("HTTP/1.1 200 Tunnel\r\n\r\n"));
}

describe("a connection that the program takes over counts once, without a status", () => {
  it("with an upgrade, first or after other requests", async () => {
    const { counted, reader } = measure();
    const { server, port } = await serve((_request, response) => response.end("plain"));
    takeOver(server);
    const first = new RawClient(port);
    first.send(...UPGRADE);
    await first.receives("101 Hello");
    const later = new RawClient(port);
    later.get();
    await later.receives("plain");
    later.send(...UPGRADE);
    await later.receives("101 Hello");
    expect(await counted(3)).toStrictEqual([
      { ...taken, count: 2 },
      { ...taken, "http.response.status_code": 200, count: 1 },
    ]);
    expect(await active(reader)).toBe(0);
  });

  it("with an upgrade over TLS", async () => {
    const { counted } = measure();
    const { server, port } = await serveTls(() => {});
    takeOver(server);
    const client = connect({ port, host: "127.0.0.1", rejectUnauthorized: false });
    afterTest(() => client.destroy());
    client.on("error", () => {}).write(UPGRADE.join("\r\n"));
    await once(client, "data");
    expect(await counted(1)).toStrictEqual([{ ...taken, "url.scheme": "https" }]);
  });

  it("with CONNECT", async () => {
    const { counted } = measure();
    const { server, port } = await serve(() => {});
    takeOver(server);
    const client = new RawClient(port);
    client.send("CONNECT host:1 HTTP/1.1", "Host: t", "", "");
    await client.receives("Tunnel");
    expect(await counted(1)).toStrictEqual([{ ...taken, "http.request.method": "CONNECT" }]);
  });

  it("as a WebSocket, whose messages count no more", async () => {
    const { counted, reader } = measure();
    const { server, port } = await serve((_request, response) => response.end());
    const sockets = new WebSocketServer({ server });
    sockets.on("connection", (socket) => socket.on("message", (data) => socket.send(data)));
    const client = new WebSocket(`ws://127.0.0.1:${port}`);
    await once(client, "open");
    for (let i = 0; i < 3; i++) {
      client.send("hello");
      await once(client, "message");
    }
    expect(await active(reader)).toBe(0);
    client.close();
    await once(client, "close");
    expect(await counted(1)).toStrictEqual([taken]);
  });

  it("with CONNECT that nobody takes: server_aborted", async () => {
    const { counted } = measure();
    const { port } = await serve(() => {});
    const client = new RawClient(port);
    client.send("CONNECT host:1 HTTP/1.1", "Host: t", "", "");
    await client.closed();
    expect(await counted(1)).toStrictEqual([
      { ...taken, "http.request.method": "CONNECT", "error.type": "server_aborted" },
    ]);
  });

  it("is an ordinary request where nobody listens for upgrades", async () => {
    const { counted } = measure();
    const { port } = await serve((_request, response) => response.end("plain"));
    const client = new RawClient(port);
    client.send(...UPGRADE);
    await client.receives("plain");
    expect(await counted(1)).toStrictEqual([{ ...taken, "http.response.status_code": 200 }]);
  });
});

describe("what Node.js cannot read as a request counts once, with its own answer", () => {
  it.each([
    ["a method that HTTP has not", "ROBOT / HTTP/1.1\r\nHost: t\r\n\r\n", 400],
    ["garbage", "\u0016\u0003\u0001 not HTTP at all\r\n\r\n", 400],
    ["a header block that is too long", `GET / HTTP/1.1\r\nX: ${"x".repeat(70_000)}\r\n\r\n`, 431],
  ])("%s", async (_what, sent, status) => {
    const { counted, reader } = measure();
    const { port } = await serve((_request, response) => response.end());
    const client = new RawClient(port);
    client.socket.write(sent, "latin1");
    await client.closed();
    expect(await counted(1)).toStrictEqual([{ ...refused, "http.response.status_code": status }]);
    expect(await active(reader)).toBe(0);
  });

  it("after requests that it could read", async () => {
    const { counted } = measure();
    const { port } = await serve((_request, response) => response.end("fine"));
    const client = new RawClient(port);
    client.get();
    await client.receives("fine");
    client.send("ROBOT / HTTP/1.1", "", "");
    await client.closed();
    expect(await counted(2)).toStrictEqual([
      { ...taken, "http.response.status_code": 200 },
      { ...refused, "http.response.status_code": 400 },
    ]);
  });

  it("over TLS", async () => {
    const { counted } = measure();
    const { port } = await serveTls(() => {});
    const client = connect({ port, host: "127.0.0.1", rejectUnauthorized: false });
    afterTest(() => client.destroy());
    client.on("error", () => {}).write("ROBOT / HTTP/1.1\r\n\r\n");
    await once(client, "data");
    expect(await counted(1)).toStrictEqual([
      { ...refused, "url.scheme": "https", "http.response.status_code": 400 },
    ]);
  });

  it("without a status where the program answers in `clientError`", async () => {
    const { counted } = measure();
    const { server, port } = await serve(() => {});
    server.on("clientError", (_error, socket) => socket.end("HTTP/1.1 400 Mine\r\n\r\n"));
    const client = new RawClient(port);
    client.send("ROBOT / HTTP/1.1", "", "");
    await client.closed();
    expect(await counted(1)).toStrictEqual([refused]);
  });

  it("as request_timeout where the header block takes too long", async () => {
    const { counted } = measure();
    const { port } = await serve(() => {}, {
      headersTimeout: 30,
      requestTimeout: 40,
      connectionsCheckingInterval: 10,
    });
    const client = new RawClient(port);
    client.send("GET / HTTP/1.1", "Host: t");
    await client.closed();
    expect(await counted(1)).toStrictEqual([
      { ...refused, "http.response.status_code": 408, "error.type": "request_timeout" },
    ]);
  });
});

describe("what asked for nothing is not counted", () => {
  it("a connection that is opened and closed", async () => {
    const { counted } = measure();
    const { port } = await serve(() => {});
    const client = new RawClient(port);
    await once(client.socket, "connect");
    client.socket.end();
    await client.closed();
    await counted(0);
  });

  it.each(["destroy", "resetAndDestroy", "end"] as const)(
    "a client that goes away within its header block (%s)",
    async (how) => {
      const { counted } = measure();
      const { server, port } = await serve(() => {});
      const client = new RawClient(port);
      const [socket] = (await Promise.all([
        once(server, "connection"),
        once(client.socket, "connect"),
      ]).then(([first]) => first)) as [RawClient["socket"]];
      client.send("GET / HT");
      await expect.poll(() => socket.bytesRead, { interval: 2 }).toBeGreaterThan(0);
      client.socket[how]();
      await client.closed();
      await counted(0);
    },
  );

  it("a connection that idles out after its answer", async () => {
    const { counted } = measure();
    const { server, port } = await serve((_request, response) => response.end("fine"));
    server.keepAliveTimeout = 10;
    const client = new RawClient(port);
    client.get();
    await client.receives("fine");
    server.closeIdleConnections();
    await client.closed();
    await counted(1);
  });
});
