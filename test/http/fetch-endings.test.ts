import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Agent, Client, fetch as npmFetch, request as npmRequest } from "undici";
import { beforeEach, describe, expect, it } from "vitest";
import { closedPort, measureFetch, type MeasuredClients, serveRaw } from "./client-harness.ts";
import { afterTest, serve, serveTls } from "./harness.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

let measured: MeasuredClients<unknown>;

beforeEach(() => {
  measured = measureFetch();
});

const at = (port: number): string => `http://127.0.0.1:${port}/`;
const PART = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome";

/** One request has ended like this, and is active no more. */
async function expectEnd(errorType: string | undefined, status: number | undefined): Promise<void> {
  const [point, ...others] = await measured.counted(1);
  expect(others).toEqual([]);
  expect([point?.["error.type"], point?.["http.response.status_code"]]).toEqual([
    errorType,
    status,
  ]);
  expect(await measured.active()).toEqual([]);
}

const sendRequest = async (url: string, init: RequestInit = {}): Promise<string> => {
  const { body } = await npmRequest(url, {
    signal: init.signal as AbortSignal,
    ...(init.method !== undefined && { method: init.method as "POST" }),
    ...(init.body !== undefined && { body: init.body as never }),
  });
  return body.text();
};

const clients = [
  [
    "the built-in fetch",
    async (url: string, init: RequestInit = {}) => (await fetch(url, init)).text(),
  ],
  [
    "the fetch of npm",
    async (url: string, init: RequestInit = {}) => (await npmFetch(url, init as never)).text(),
  ],
  ["a request of npm's undici", sendRequest],
] as const;

describe.each(clients)("a request of %s without a response ends as", (_name, send) => {
  const fail = async (url: string, init?: RequestInit): Promise<void> => {
    await expect(send(url, init)).rejects.toBeInstanceOf(Error);
  };

  it("connection_refused, where nobody listens", async () => {
    await fail(at(await closedPort()));
    await expectEnd("connection_refused", undefined);
  });

  it("host_not_found, where the name has no address", async () => {
    await fail("http://nowhere.invalid/");
    await expectEnd("host_not_found", undefined);
  });

  it("tls_failed, where the certificate is not trusted", async () => {
    const { port } = await serveTls((_request, response) => response.end());
    await fail(`https://127.0.0.1:${port}/`);
    await expectEnd("tls_failed", undefined);
  });

  it("tls_failed, where the other side speaks no TLS", async () => {
    const { port } = await serveRaw((socket) => socket.on("data", () => socket.write("what?\r\n")));
    await fail(`https://127.0.0.1:${port}/`);
    await expectEnd("tls_failed", undefined);
  });

  it("server_disconnected, where the server closes or resets", async () => {
    const { port } = await serveRaw((socket) => socket.on("data", () => socket.end()));
    await fail(at(port), { method: "POST" });
    await expectEnd("server_disconnected", undefined);
  });

  it("invalid_response, where that is not HTTP", async () => {
    const { port } = await serveRaw((socket) => socket.on("data", () => socket.write("what?\r\n")));
    await fail(at(port));
    await expectEnd("invalid_response", undefined);
  });

  it("aborted, where its signal is", async () => {
    const controller = new AbortController();
    const { port } = await serve(() => controller.abort());
    await fail(at(port), { signal: controller.signal });
    await expectEnd("aborted", undefined);
  });

  it("aborted, where its signal gives a reason of the program's", async () => {
    const controller = new AbortController();
    const { port } = await serve(() => controller.abort(new Error("changed my mind")));
    await fail(at(port), { signal: controller.signal });
    await expectEnd("aborted", undefined);
  });

  it("timeout, where its signal's time is over", async () => {
    const { port } = await serve(() => {});
    await fail(at(port), { signal: AbortSignal.timeout(20) });
    await expectEnd("timeout", undefined);
  });
});

describe.each(clients)("a response to %s that does not come whole ends it as", (_name, send) => {
  const fail = async (url: string, init?: RequestInit): Promise<void> => {
    await expect(send(url, init)).rejects.toBeInstanceOf(Error);
  };

  it("server_disconnected, where the server closes", async () => {
    const { port } = await serveRaw((socket) => socket.on("data", () => socket.end(PART)));
    await fail(at(port));
    await expectEnd("server_disconnected", 200);
    expect(await measured.bytes("response")).toEqual({ count: 1, sum: 4 });
  });

  it("server_disconnected, where the server resets", async () => {
    const { port } = await serveRaw((socket) => {
      socket.on("data", () =>
        socket.write(PART, () => setTimeout(() => socket.resetAndDestroy(), 20)),
      );
    });
    await fail(at(port));
    await expectEnd("server_disconnected", 200);
  });

  it("invalid_response, where the body is broken", async () => {
    const { port } = await serveRaw((socket) => {
      socket.on("data", () =>
        socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nno chunk\r\n"),
      );
    });
    await fail(at(port));
    await expectEnd("invalid_response", 200);
  });

  it("timeout, where its signal's time is over", async () => {
    const { port } = await serveRaw((socket) => socket.on("data", () => socket.write(PART)));
    await fail(at(port), { signal: AbortSignal.timeout(400) });
    // Once the header block is there, undici's own request forgets the reason.
    await expectEnd(send === sendRequest ? "aborted" : "timeout", 200);
  });
});

describe("a request ends as", () => {
  it("timeout, where the header block does not come in time", async () => {
    const { port } = await serve(() => {});
    const agent = new Agent({ headersTimeout: 20 });
    afterTest(() => agent.destroy());
    await expect(npmFetch(at(port), { dispatcher: agent })).rejects.toBeInstanceOf(Error);
    await expectEnd("timeout", undefined);
  });

  it("timeout, where the body does not go on in time", async () => {
    const { port } = await serveRaw((socket) => socket.on("data", () => socket.write(PART)));
    const agent = new Agent({ bodyTimeout: 400 });
    afterTest(() => agent.destroy());
    const response = await npmFetch(at(port), { dispatcher: agent });
    await expect(response.text()).rejects.toBeInstanceOf(Error);
    await expectEnd("timeout", 200);
  });

  it("connect_timeout, where no connection comes about", async () => {
    const agent = new Agent({ connectTimeout: 50, connect: { lookup: () => {} } });
    afterTest(() => agent.destroy());
    await expect(npmFetch("http://slow.test/", { dispatcher: agent })).rejects.toBeInstanceOf(
      Error,
    );
    await expectEnd("connect_timeout", undefined);
  });

  it("aborted, where the program cancels the body", async () => {
    const { port } = await serveRaw((socket) => socket.on("data", () => socket.write(PART)));
    const response = await fetch(at(port));
    await response.body!.cancel();
    await expectEnd("aborted", 200);
  });

  it("aborted, where nobody ever reads the body, once it is collected as garbage", async () => {
    const { port } = await serve((_request, response) => response.end("x".repeat(1_000_000)));
    await (async () => expect((await fetch(at(port))).status).toBe(200))();
    expect(await measured.active()).toMatchObject([{ value: 1 }]);
    await expect
      .poll(async () => {
        await new Promise((resolve) => setImmediate(resolve));
        collectGarbage();
        return await measured.active();
      })
      .toEqual([]);
    await expectEnd("aborted", 200);
  });

  it("aborted, where its dispatcher is destroyed", async () => {
    const client = new Client(at(await serve(() => {}).then(({ port }) => port)));
    const pending = client.request({ path: "/", method: "GET" });
    await expect.poll(() => measured.connections()).toEqual({ active: 1, idle: 0 });
    const failed = expect(pending).rejects.toBeInstanceOf(Error);
    await client.destroy();
    await failed;
    await expectEnd("aborted", undefined);
    await expect.poll(() => measured.connections()).toEqual({ active: 0, idle: 0 });
  });

  it("invalid_response, where the header block is too long", async () => {
    const { port } = await serve((_request, response) => {
      response.setHeader("x-long", "x".repeat(50_000)).end();
    });
    await expect(fetch(at(port))).rejects.toBeInstanceOf(Error);
    await expectEnd("invalid_response", undefined);
  });

  it("aborted, where what was to be uploaded breaks off", async () => {
    const { port } = await serve((request) => request.resume());
    const body = new ReadableStream({
      pull(controller) {
        controller.enqueue(new TextEncoder().encode("some"));
        controller.error(new Error("no more"));
      },
    });
    const init = { method: "POST", body, duplex: "half" } as RequestInit;
    await expect(fetch(at(port), init)).rejects.toBeInstanceOf(Error);
    await expectEnd("aborted", undefined);
  });
});

describe("the counts of what is going on", () => {
  it("show a request that waits, on a connection that is in use, and then neither", async () => {
    const agent = new Agent();
    let answer: (() => void) | undefined;
    const { port } = await serve((_request, response) => (answer = () => response.end()));
    const pending = npmFetch(at(port), { dispatcher: agent });
    await expect.poll(() => measured.connections()).toEqual({ active: 1, idle: 0 });
    expect(await measured.active()).toMatchObject([
      {
        value: 1,
        attributes: {
          "http.request.method": "GET",
          "server.address": "127.0.0.1",
          "server.port": port,
          "url.scheme": "http",
        },
      },
    ]);
    await expect.poll(() => answer).toBeDefined();
    answer!();
    await (await pending).text();
    await measured.counted(1);
    expect(await measured.active()).toEqual([]);
    expect(await measured.connections()).toEqual({ active: 0, idle: 1 });
    await agent.close();
    await expect.poll(() => measured.connections()).toEqual({ active: 0, idle: 0 });
  });
});
