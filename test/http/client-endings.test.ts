import http, { type ClientRequest, type RequestOptions } from "node:http";
import https from "node:https";
import { connect } from "node:net";
import { beforeEach, describe, expect, it } from "vitest";
import { closedPort, measureClient, type MeasuredClients, serveRaw } from "./client-harness.ts";
import { afterTest, serve, serveTls } from "./harness.ts";

let measured: MeasuredClients<unknown>;

beforeEach(() => {
  measured = measureClient();
});

/** A request that may fail in any way; its response, if there is one, is read. */
function send(options: RequestOptions & https.RequestOptions): ClientRequest {
  const client = options.protocol === "https:" ? https : http;
  const request = client.request({ host: "127.0.0.1", agent: false, ...options });
  request.on("error", () => {});
  request.on("response", (response) => {
    response.on("error", () => {});
    response.resume();
  });
  request.end();
  return request;
}

/** One request has ended like this, and nothing is left of it. */
async function expectEnd(errorType: string | undefined, status: number | undefined): Promise<void> {
  const [point, ...others] = await measured.counted(1);
  expect(others).toEqual([]);
  expect([point?.["error.type"], point?.["http.response.status_code"]]).toEqual([
    errorType,
    status,
  ]);
  expect(await measured.active()).toEqual([]);
  await expect.poll(() => measured.connections()).toEqual({ active: 0, idle: 0 });
}

const PART = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome";

describe("a request without a response ends as", () => {
  it("connection_refused, where nobody listens", async () => {
    send({ port: await closedPort() });
    await expectEnd("connection_refused", undefined);
  });

  it("connection_refused, by every address of a name", async () => {
    send({ host: "localhost", port: await closedPort() });
    await expectEnd("connection_refused", undefined);
  });

  it("connection_refused, where there is no such Unix domain socket", async () => {
    send({ socketPath: "/nowhere/to/be/found.sock" });
    await expectEnd("connection_refused", undefined);
  });

  it("host_not_found, where the name has no address", async () => {
    send({
      host: "nowhere.invalid",
      lookup: (_name, _options, callback) =>
        callback(Object.assign(new Error("no such name"), { code: "ENOTFOUND" }), "", 4),
    });
    await expectEnd("host_not_found", undefined);
  });

  it("tls_failed, where the certificate is not trusted", async () => {
    const { port } = await serveTls((_request, response) => response.end());
    send({ port, protocol: "https:" });
    await expectEnd("tls_failed", undefined);
  });

  it("tls_failed, where the certificate names another host", async () => {
    const { port } = await serveTls((_request, response) => response.end());
    send({
      port,
      protocol: "https:",
      rejectUnauthorized: true,
      checkServerIdentity: () =>
        Object.assign(new Error("altname"), { code: "ERR_TLS_CERT_ALTNAME_INVALID" }),
      ca: (await import("node:fs")).readFileSync(
        new URL("fixtures/test-cert.pem", import.meta.url),
      ),
    });
    await expectEnd("tls_failed", undefined);
  });

  it("tls_failed, where the other side speaks no TLS", async () => {
    const { port } = await serveRaw((socket) => socket.on("data", () => socket.write("what?\r\n")));
    send({ port, protocol: "https:" });
    await expectEnd("tls_failed", undefined);
  });

  it("server_disconnected, where the server closes", async () => {
    const { port } = await serveRaw((socket) => socket.on("data", () => socket.end()));
    send({ port });
    await expectEnd("server_disconnected", undefined);
  });

  it("server_disconnected, where the server resets", async () => {
    const { port } = await serveRaw((socket) => socket.on("data", () => socket.resetAndDestroy()));
    send({ port });
    await expectEnd("server_disconnected", undefined);
  });

  it("invalid_response, where that is not HTTP", async () => {
    const { port } = await serveRaw((socket) => socket.on("data", () => socket.write("what?\r\n")));
    send({ port });
    await expectEnd("invalid_response", undefined);
  });

  it("invalid_response, where the header block is too long", async () => {
    const { port } = await serve((_request, response) => {
      response.setHeader("x-long", "x".repeat(5_000)).end();
    });
    send({ port, maxHeaderSize: 1_000 });
    await expectEnd("invalid_response", undefined);
  });

  it("aborted, where the program destroys it", async () => {
    const { port } = await serveRaw((socket) => socket.on("data", () => request.destroy()));
    const request = send({ port });
    await expectEnd("aborted", undefined);
  });

  it("aborted, where the program destroys it with an error of its own", async () => {
    const { port } = await serveRaw((socket) =>
      socket.on("data", () => request.destroy(new Error("changed my mind"))),
    );
    const request = send({ port });
    await expectEnd("aborted", undefined);
  });

  it("aborted, where the program aborts it at once", async () => {
    const { port } = await serve(() => {});
    send({ port }).abort();
    await expectEnd("aborted", undefined);
  });

  it("aborted, where its signal is aborted before and after it is sent", async () => {
    const controller = new AbortController();
    const { port } = await serve(() => controller.abort());
    send({ port, signal: controller.signal });
    await expectEnd("aborted", undefined);
  });

  it("timeout, where its signal's time is over", async () => {
    const { port } = await serve(() => {});
    send({ port, signal: AbortSignal.timeout(20) });
    await expectEnd("timeout", undefined);
  });

  it.each([
    ["by an option", (request: ClientRequest) => request],
    ["by a call", (request: ClientRequest) => request.setTimeout(400)],
  ])("timeout, where the program gives it up after an idle time set %s", async (_how, set) => {
    const { port } = await serve(() => {});
    const request = send({ port, timeout: 400 });
    set(request).on("timeout", () => request.destroy());
    await expectEnd("timeout", undefined);
  });

  it("connect_timeout, where the program gives it up before it is connected", async () => {
    const request = send({
      // A name that takes its time.
      host: "slow.test",
      lookup: () => {},
      timeout: 20,
    });
    request.on("timeout", () => request.destroy());
    await expectEnd("connect_timeout", undefined);
  });

  it("_OTHER, where its socket cannot be made for an unknown reason", async () => {
    send({
      agent: undefined,
      createConnection: (_options, callback) => {
        callback(Object.assign(new Error("no"), { code: "E_UNHEARD_OF" }), undefined as never);
        return undefined;
      },
    });
    await expectEnd("_OTHER", undefined);
  });
});

describe("a response that does not come whole ends its request as", () => {
  it("server_disconnected, where the server closes", async () => {
    const { port } = await serveRaw((socket) => socket.on("data", () => socket.end(PART)));
    send({ port });
    await expectEnd("server_disconnected", 200);
    expect(await measured.bytes("response")).toEqual({ count: 1, sum: 4 });
  });

  it("server_disconnected, where the server resets", async () => {
    const { port } = await serveRaw((socket) => {
      socket.on("data", () =>
        socket.write(PART, () => setImmediate(() => socket.resetAndDestroy())),
      );
    });
    send({ port });
    await expectEnd("server_disconnected", 200);
  });

  it("invalid_response, where the body is broken", async () => {
    const { port } = await serveRaw((socket) => {
      socket.on("data", () =>
        socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nno chunk\r\n"),
      );
    });
    send({ port });
    await expectEnd("invalid_response", 200);
  });

  it.each([
    ["the response", (_request: ClientRequest, end: (error?: Error) => void) => end()],
    ["the request", (request: ClientRequest) => request.destroy()],
    [
      "the response with an error",
      (_: ClientRequest, end: (error?: Error) => void) => end(new Error("no")),
    ],
    ["the request with an error", (request: ClientRequest) => request.destroy(new Error("no"))],
  ])("aborted, where the program destroys %s", async (_what, destroy) => {
    const { port } = await serveRaw((socket) => socket.on("data", () => socket.write(PART)));
    const request = send({ port });
    request.on("response", (response) => {
      response.once("data", () => destroy(request, (error) => response.destroy(error)));
    });
    await expectEnd("aborted", 200);
  });

  it("aborted or timeout, as its signal says", async () => {
    const { port } = await serveRaw((socket) => socket.on("data", () => socket.write(PART)));
    send({ port, signal: AbortSignal.timeout(400) });
    await expectEnd("timeout", 200);
  });

  it("timeout, where the program gives it up after an idle time", async () => {
    const { port } = await serveRaw((socket) => socket.on("data", () => socket.write(PART)));
    const request = send({ port, timeout: 400 });
    request.on("timeout", () => request.destroy());
    await expectEnd("timeout", 200);
  });
});

describe("a whole response ends its request", () => {
  it("without an error, where the upload breaks off behind it", async () => {
    const { port } = await serveRaw((socket) => {
      socket.once("data", () =>
        socket.end("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
      );
    });
    const request = http.request({ port, host: "127.0.0.1", method: "POST", agent: false });
    request.on("error", () => {}).on("response", (response) => response.resume());
    request.write("x".repeat(10));
    await expectEnd("413", 413);
  });

  it("where a body ends with its connection", async () => {
    const { port } = await serveRaw((socket) => {
      socket.once("data", () =>
        socket.end("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nall of it"),
      );
    });
    send({ port });
    await expectEnd(undefined, 200);
    expect(await measured.bytes("response")).toEqual({ count: 1, sum: 9 });
  });
});

describe("the counts of what is going on", () => {
  it("show a request that waits, on a connection that is in use, and then neither", async () => {
    const agent = new http.Agent({ keepAlive: true });
    afterTest(() => agent.destroy());
    let answer!: () => void;
    const { port } = await serve((_request, response) => (answer = () => response.end()));
    send({ port, agent });
    await expect.poll(() => measured.connections()).toEqual({ active: 1, idle: 0 });
    const [point] = await measured.active();
    expect(point).toMatchObject({
      value: 1,
      attributes: {
        "http.request.method": "GET",
        "server.address": "127.0.0.1",
        "server.port": port,
        "url.scheme": "http",
      },
    });
    await expect.poll(() => answer).toBeDefined();
    answer();
    await measured.counted(1);
    expect(await measured.active()).toEqual([]);
    expect(await measured.connections()).toEqual({ active: 0, idle: 1 });
    agent.destroy();
    await expect.poll(() => measured.connections()).toEqual({ active: 0, idle: 0 });
  });

  it("show requests that wait for a connection as active", async () => {
    const agent = new http.Agent({ maxSockets: 1 });
    afterTest(() => agent.destroy());
    const { port, sockets } = await serveRaw(() => {});
    for (let i = 0; i < 3; i++) send({ port, agent });
    await expect.poll(() => measured.connections()).toEqual({ active: 1, idle: 0 });
    expect(await measured.active()).toMatchObject([{ value: 3 }]);
    for (let i = 0; i < 3; i++) {
      await expect.poll(() => sockets.size).toBe(1);
      for (const socket of sockets) socket.destroy();
      await expect.poll(() => sockets.size).not.toBe(i === 2 ? 1 : -1);
      await expect.poll(async () => (await measured.active())[0]?.value ?? 0).toBe(2 - i);
    }
    await measured.counted(3);
    await expect.poll(() => measured.connections()).toEqual({ active: 0, idle: 0 });
  });

  it("know a connection that the program brings along", async () => {
    const { port } = await serve((_request, response) => response.end());
    const socket = connect(port, "127.0.0.1");
    afterTest(() => socket.destroy());
    await new Promise((resolve) => socket.once("connect", resolve));
    send({ port, agent: undefined, createConnection: () => socket });
    await expectEnd(undefined, 200);
  });
});
