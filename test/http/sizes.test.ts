import http, { type IncomingMessage, type RequestListener } from "node:http";
import https from "node:https";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { histogramPoints, measure, RawClient, serve, serveTls, signal } from "./harness.ts";

const REQUEST = "http.server.request.body.size";
const RESPONSE = "http.server.response.body.size";

/** The sizes of one request and its response, as they were exported. */
async function sizes(
  { counted, reader }: ReturnType<typeof measure>,
  total = 1,
): Promise<(number | undefined)[]> {
  await counted(total);
  const sum = async (name: string): Promise<number | undefined> => {
    const points = await histogramPoints(reader, name);
    expect(points.reduce((all, { count }) => all + count, 0)).toBe(total);
    return points.reduce((all, point) => all + point.sum, 0);
  };
  return [await sum(REQUEST), await sum(RESPONSE)];
}

/** Reads the request's body and answers. */
function answer(respond: RequestListener): RequestListener {
  return (request, response) => {
    request.resume().on("end", () => respond(request, response));
  };
}

async function send(options: https.RequestOptions, ...parts: string[]): Promise<Buffer> {
  const client = options.protocol === "https:" ? https : http;
  const request = client.request({ host: "127.0.0.1", method: "POST", ...options });
  for (const part of parts) request.write(part);
  request.end();
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request.on("response", resolve).on("error", reject);
  });
  return await buffer(response);
}

/** A chunked body's framing: sizes in hex, line ends, and the last chunk. */
const chunked = (...lengths: number[]): number =>
  lengths.reduce((all, length) => all + length + length.toString(16).length + 4, 0) + 5;

describe("the sizes of bodies", () => {
  it("are what the content lengths say", async () => {
    const measured = measure();
    const { port } = await serve(answer((_request, response) => response.end("four")));
    await send({ port, headers: { "content-length": "6" } }, "abc", "def");
    expect(await sizes(measured)).toEqual([6, 4]);
  });

  it("are zero where there are none", async () => {
    const measured = measure();
    const { port } = await serve(answer((_request, response) => response.end()));
    await send({ port, method: "GET" });
    expect(await sizes(measured)).toEqual([0, 0]);
  });

  it.each([
    ["HEAD", 200],
    ["GET", 204],
    ["GET", 304],
  ])("of %s with status %i are zero, whatever length it declares", async (method, status) => {
    const measured = measure();
    const { port } = await serve((_request, response) => {
      response.writeHead(status, status === 204 ? {} : { "content-length": "1234" }).end();
    });
    await send({ port, method });
    expect(await sizes(measured)).toEqual([0, 0]);
  });

  it.each([
    ["http:", serve],
    ["https:", serveTls],
  ] as const)(
    "of chunks are those on the wire, without header blocks, over %s",
    async (protocol, listen) => {
      const measured = measure();
      const { port } = await listen(
        answer((_request, response) => {
          response.setHeader("x-filler", "some text");
          response.write("abc");
          // Apart, as some versions of Node.js make one chunk of what is written together.
          setTimeout(() => response.end("defgh"), 5);
        }),
      );
      const agent = new (protocol === "https:" ? https : http).Agent({
        keepAlive: true,
        maxSockets: 1,
      });
      const options = { protocol, port, agent, rejectUnauthorized: false };
      await send(options, "a".repeat(20), "b".repeat(300));
      await send(options, "a".repeat(20), "b".repeat(300));
      agent.destroy();
      expect(await sizes(measured, 2)).toEqual([2 * chunked(20, 300), 2 * chunked(3, 5)]);
    },
  );

  it("count trailers, and not what comes before the header block", async () => {
    const measured = measure();
    const { port } = await serve(
      answer((_request, response) => {
        response.writeHead(200, { trailer: "x-sum" });
        response.write("abc");
        response.addTrailers({ "x-sum": "1" });
        response.end();
      }),
    );
    const client = new RawClient(port);
    client.send("POST / HTTP/1.1", "Host: t", "Expect: 100-continue", "Content-Length: 2", "", "");
    await client.receives("100 Continue");
    client.send("ab");
    await client.receives("x-sum: 1");
    expect(await sizes(measured)).toEqual([2, chunked(3) + "x-sum: 1\r\n".length]);
  });

  it("are of the compressed text", async () => {
    const measured = measure();
    const zipped = gzipSync("text ".repeat(1_000));
    const { port } = await serve(
      answer((_request, response) => {
        response.writeHead(200, { "content-encoding": "gzip", "content-length": zipped.length });
        response.end(zipped);
      }),
    );
    await send({ port, method: "GET" });
    expect(await sizes(measured)).toEqual([0, zipped.length]);
  });

  it("of pipelined responses are each one's own", async () => {
    const measured = measure();
    const { port } = await serve((request, response) => {
      response.write(request.url!);
      response.end();
    });
    const client = new RawClient(port);
    client.socket.write("GET /a HTTP/1.1\r\nHost: t\r\n\r\nGET /bcd HTTP/1.1\r\nHost: t\r\n\r\n");
    await client.receives("/bcd");
    expect(await sizes(measured, 2)).toEqual([0, chunked(2) + chunked(4)]);
  });

  it("of a request that stopped are what came of it", async () => {
    const measured = measure();
    const called = signal();
    const { port } = await serve((request) => void request.on("data", () => called.give()));
    const client = new RawClient(port);
    client.send("POST / HTTP/1.1", "Host: t", "Content-Length: 1000", "", "0123456789");
    await called.given;
    client.socket.destroy();
    expect(await sizes(measured)).toEqual([10, 0]);
  });

  it("of a response that stopped are what was handed over, not what it declared", async () => {
    const measured = measure();
    const { port } = await serve((_request, response) => {
      response.writeHead(200, { "content-length": "1000" });
      response.write("0123456789", () => response.destroy());
    });
    const client = new RawClient(port);
    client.get();
    await client.closed();
    expect(await sizes(measured)).toEqual([0, 10]);
  });

  it("are not recorded where pipelined chunks cannot be told apart", async () => {
    const { reader, counted } = measure();
    const { port } = await serve(answer((_request, response) => response.end()));
    const client = new RawClient(port);
    const one =
      "POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n";
    client.socket.write(one + one);
    await counted(2);
    const counts = await histogramPoints(reader, REQUEST);
    expect(counts.reduce((all, { count }) => all + count, 0)).toBeLessThan(2);
  });
});
