import http, { type IncomingMessage, type ServerResponse } from "node:http";
import https from "node:https";
import { text } from "node:stream/consumers";
import { describe, expect, it, vi } from "vitest";
import { setHttpRoute } from "../../src/http/index.ts";
import { histogramPoints, measure, RawClient, serve, serveTls, signal } from "./harness.ts";

const answered = {
  "http.request.method": "GET",
  "url.scheme": "http",
  "network.protocol.version": "1.1",
  "http.response.status_code": 200,
  count: 1,
};

/** Sends one request over node:http and reads the whole response. */
async function fetchText(options: https.RequestOptions, body = ""): Promise<string> {
  const client = options.protocol === "https:" ? https : http;
  const request = client.request({ host: "127.0.0.1", agent: false, ...options });
  request.end(body);
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request.on("response", resolve).on("error", reject);
  });
  return await text(response);
}

describe("a request that is answered counts once", () => {
  it("with the method, scheme, version and status of the conventions", async () => {
    const { counted } = measure();
    const { port } = await serve((_request, response) => response.end("hello"));
    expect(await fetchText({ port })).toBe("hello");
    expect(await counted(1)).toStrictEqual([answered]);
  });

  it("under the time from its header block to the end of its response, in seconds", async () => {
    const { counted, reader } = measure();
    const now = vi.spyOn(performance, "now").mockReturnValue(1_000);
    try {
      const { port } = await serve((_request, response) => {
        now.mockReturnValue(1_250);
        response.end();
      });
      await fetchText({ port });
      await counted(1);
    } finally {
      now.mockRestore();
    }
    expect((await histogramPoints(reader))[0]!.sum).toBe(0.25);
  });

  it("over TLS as https", async () => {
    const { counted } = measure();
    const { port } = await serveTls((_request, response) => response.end());
    await fetchText({ port, protocol: "https:", rejectUnauthorized: false });
    expect(await counted(1)).toStrictEqual([{ ...answered, "url.scheme": "https" }]);
  });

  it("under the route that the program names, never under its path", async () => {
    const { counted } = measure();
    const { port } = await serve((request, response) => {
      if (request.url!.startsWith("/users/")) setHttpRoute(request, "/users/:id");
      response.end();
    });
    for (const path of ["/users/1", "/users/2", "/secret?token=1", "/wp-login.php"]) {
      await fetchText({ port, path });
    }
    expect(await counted(4)).toStrictEqual([
      { ...answered, "http.route": "/users/:id", count: 2 },
      { ...answered, count: 2 },
    ]);
  });

  it.each([
    ["GET", 204, undefined],
    ["GET", 304, undefined],
    ["HEAD", 200, undefined],
    ["POST", 201, undefined],
    ["GET", 404, undefined],
    ["GET", 500, "500"],
    ["PUT", 503, "503"],
    ["PROPFIND", 207, undefined],
  ])("%s with status %i and error.type %s", async (method, status, errorType) => {
    const { counted } = measure();
    const { port } = await serve((request, response) => {
      request.resume();
      response.writeHead(status).end(status === 200 ? "text" : undefined);
    });
    await fetchText({ port, method }, method === "POST" ? "body" : "");
    expect(await counted(1)).toStrictEqual([
      {
        ...answered,
        "http.request.method": method === "PROPFIND" ? "_OTHER" : method,
        "http.response.status_code": status,
        ...(errorType !== undefined && { "error.type": errorType }),
      },
    ]);
  });

  it.each([
    ["the code", "OK", { statusCode: 500 }],
    ["the code, after a message of its own", "Fine", { statusCode: 500 }],
    ["the code, after the message of another code", "Not Found", { statusCode: 404.5 }],
    ["the message", "OK", { statusMessage: "Not Found" }],
    ["code and message, to no pair", "OK", { statusCode: 500, statusMessage: "Broken" }],
  ])("under the status that was sent, though the program changes %s", async (_what, said, late) => {
    const { counted } = measure();
    const { port } = await serve((_request, response) => {
      response.writeHead(200, said);
      response.end();
      Object.assign(response, late);
    });
    await fetchText({ port });
    expect(await counted(1)).toStrictEqual([answered]);
  });

  it("under its own labels, however many kinds of requests a route has", async () => {
    const { counted } = measure();
    const { port } = await serve((request, response) => {
      request.resume();
      setHttpRoute(request, "/orders/:id");
      response.writeHead(Number(request.url!.slice(1))).end();
    });
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const kinds = ["GET", "POST", "PUT"].flatMap((method) =>
      [200, 201, 400, 404].map((status) => ({ method, status })),
    );
    for (const times of [1, 2]) {
      for (const { method, status } of kinds) {
        for (let time = 0; time < times; time++) {
          await fetchText({ port, agent, method, path: `/${status}` });
        }
      }
    }
    agent.destroy();
    expect(await counted(36)).toStrictEqual(
      kinds.map(({ method, status }) => ({
        ...answered,
        "http.request.method": method,
        "http.response.status_code": status,
        "http.route": "/orders/:id",
        count: 3,
      })),
    );
  });

  it("under the method that it came with, also where the program overrides it", async () => {
    const { counted } = measure();
    const { port } = await serve((request, response) => {
      request.method = "DELETE";
      response.end();
    });
    await fetchText({ port, method: "POST" });
    expect(await counted(1)).toStrictEqual([{ ...answered, "http.request.method": "POST" }]);
  });

  it("many times over one connection", async () => {
    const { counted } = measure();
    const closeListeners: number[] = [];
    const { port } = await serve((request, response) => {
      closeListeners.push(request.socket.listenerCount("close"));
      response.end("ok");
    });
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    for (let i = 0; i < 50; i++) await fetchText({ port, agent });
    agent.destroy();
    expect(await counted(50)).toStrictEqual([{ ...answered, count: 50 }]);
    expect(new Set(closeListeners).size).toBe(1);
  });

  it("pipelined, each with its own answer", async () => {
    const { counted } = measure();
    const waiting: ServerResponse[] = [];
    const { port } = await serve((request, response) => {
      response.statusCode = Number(request.url!.slice(1));
      waiting.push(response);
      // Answered in the opposite order; Node.js sends them in the right one.
      if (waiting.length === 3) for (const held of waiting.toReversed()) held.end();
    });
    const client = new RawClient(port);
    for (const path of ["/200", "/404", "/503"]) client.get(path);
    await client.receives("503");
    expect(await counted(3)).toStrictEqual([
      answered,
      { ...answered, "http.response.status_code": 404 },
      { ...answered, "http.response.status_code": 503, "error.type": "503" },
    ]);
  });

  it("after 100 Continue", async () => {
    const { counted } = measure();
    const { port } = await serve((request, response) => {
      request.resume().on("end", () => response.end("done"));
    });
    const client = new RawClient(port);
    client.send("POST / HTTP/1.1", "Host: t", "Expect: 100-continue", "Content-Length: 2", "", "");
    await client.receives("100 Continue");
    client.send("ab");
    await client.receives("done");
    expect(await counted(1)).toStrictEqual([{ ...answered, "http.request.method": "POST" }]);
  });

  it("with the refusal of a connection that has had its requests", async () => {
    const { counted } = measure();
    const { server, port } = await serve((_request, response) => response.end("fine"));
    server.maxRequestsPerSocket = 1;
    const client = new RawClient(port);
    client.socket.write("GET / HTTP/1.1\r\nHost: t\r\n\r\nGET / HTTP/1.1\r\nHost: t\r\n\r\n");
    await client.receives("503");
    expect(await counted(2)).toStrictEqual([
      answered,
      { ...answered, "http.response.status_code": 503, "error.type": "503" },
    ]);
  });

  it("with the answers that Node.js gives by itself", async () => {
    const { counted } = measure();
    const { port } = await serve((_request, response) => response.end());
    const noHost = new RawClient(port);
    noHost.send("GET / HTTP/1.1", "", "");
    await noHost.receives("400 Bad Request");
    const expecting = new RawClient(port);
    expecting.send("GET / HTTP/1.1", "Host: t", "Expect: miracles", "", "");
    await expecting.receives("417 Expectation Failed");
    const old = new RawClient(port);
    old.send("GET / HTTP/1.0", "", "");
    await old.receives("200 OK");
    expect(await counted(3)).toStrictEqual([
      { ...answered, "http.response.status_code": 400 },
      { ...answered, "http.response.status_code": 417 },
      { ...answered, "network.protocol.version": "1.0" },
    ]);
  });

  it("once, where the body turns out to be broken after the answer", async () => {
    const { counted } = measure();
    const { port } = await serve((_request, response) => response.end("early"));
    const client = new RawClient(port);
    client.send("POST / HTTP/1.1", "Host: t", "Transfer-Encoding: chunked", "", "");
    await client.receives("early");
    client.send("no chunk", "");
    await client.closed();
    expect(await counted(1)).toStrictEqual([{ ...answered, "http.request.method": "POST" }]);
  });
});

describe("pipelined requests whose connection is lost", () => {
  it("count each once: the sent one with its status, those behind it with none", async () => {
    const { counted } = measure();
    const all = signal();
    const { port } = await serve((request, response) => {
      if (request.url === "/answered") response.end("first");
      else if (request.url === "/begun") response.write("some");
      else response.end("waits behind");
      if (request.url === "/last") all.give();
    });
    const client = new RawClient(port);
    for (const path of ["/answered", "/begun", "/waiting", "/last"]) client.get(path);
    await all.given;
    await client.receives("some");
    client.socket.destroy();
    const { "http.response.status_code": _, ...unanswered } = answered;
    const lost = "client_disconnected";
    expect(await counted(4)).toStrictEqual([
      answered,
      { ...answered, "error.type": lost },
      { ...unanswered, "error.type": lost, count: 2 },
    ]);
  });
});
