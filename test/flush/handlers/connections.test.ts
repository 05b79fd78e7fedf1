import { fork } from "node:child_process";
import { once } from "node:events";
import { connect as connectTls } from "node:tls";
import { createGzip, gunzipSync } from "node:zlib";
import type { RequestListener, ServerResponse } from "node:http";
import { get } from "node:http";
import { buffer } from "node:stream/consumers";
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { flushHandler } from "../../../src/flush/index.ts";
import { afterTest, RawClient, serve, serveTls, turns } from "../../http/harness.ts";
import { heldTarget } from "./harness.ts";

it("holds a response over TLS", async () => {
  const target = heldTarget();
  const { port } = await serveTls(
    flushHandler(target, (_, response) => {
      response.write("first");
      setImmediate(() => response.end("second"));
    }),
  );
  const socket = connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false });
  afterTest(() => socket.destroy());
  let received = "";
  socket.on("data", (part: Buffer) => (received += part.toString()));
  socket.write("GET / HTTP/1.1\r\nHost: t\r\n\r\n");
  await expect.poll(() => target.begun).toBe(1);
  await expect.poll(() => received).toContain("first");
  await turns(10);
  expect(received).not.toContain("second");
  target.release();
  await expect.poll(() => received).toMatch(/second\r\n0\r\n\r\n$/);
});

it("holds a body that is larger than every buffer on the way", async () => {
  const target = heldTarget();
  const size = 30_000_000;
  const { port } = await serve(
    flushHandler(target, (_, response) => {
      const parts = Array.from({ length: 30 }, () => Buffer.alloc(size / 30, "x"));
      Readable.from(parts).pipe(response);
    }),
  );
  const answered = new Promise<Buffer>((resolve, reject) => {
    get({ port, host: "127.0.0.1", agent: false }, (response) => resolve(buffer(response))).on(
      "error",
      reject,
    );
  });
  await expect.poll(() => target.begun, { timeout: 20_000 }).toBe(1);
  target.release();
  expect((await answered).byteLength).toBe(size);
});

it("flushes with the next request where the last bytes of this one have left already", async () => {
  const target = heldTarget({ isDue: false });
  const { port } = await serve(
    flushHandler(target, (request, response) => {
      response.writeHead(200, { "content-length": 5 });
      response.write("hello");
      // A flush falls due after the last byte and before the end.
      setTimeout(() => {
        const fallsDue = request.url === "/1" ? target.dueAgain() : Promise.resolve();
        void fallsDue.then(() => response.end());
      }, 10);
    }),
  );
  const client = new RawClient(port);
  client.get("/1");
  await client.receives("hello");
  await expect.poll(() => target.flush.isDue).toBe(true);
  await turns(10);
  expect(target.limits).toEqual([]);
  client.get("/2");
  await expect.poll(() => target.begun).toBe(1);
  await turns(5);
  expect(client.received.match(/hello/g)).toHaveLength(1);
  target.release();
  await expect.poll(() => client.received.match(/hello/g)).toHaveLength(2);
});

it("flushes with the next request where only the connection's end would tell this one's", async () => {
  const target = heldTarget();
  const { port } = await serve(
    flushHandler(target, (_, response) => {
      response.write("until the end");
      setTimeout(() => response.end(), 10);
    }),
  );
  const old = new RawClient(port);
  old.send("GET / HTTP/1.0", "", "");
  await old.closed();
  expect(old.received).toContain("until the end");
  expect(target.limits).toEqual([]);
  const client = new RawClient(port);
  client.get();
  await expect.poll(() => target.begun).toBe(1);
  target.release();
  await client.receives("0\r\n\r\n");
});

it("sends what is held where the program answers and exits", async () => {
  const child = fork(new URL("fixtures/exit.ts", import.meta.url));
  afterTest(() => child.kill("SIGKILL"));
  const [port] = (await once(child, "message")) as [number];
  const client = new RawClient(port);
  client.get();
  const [code] = (await once(child, "exit")) as [number];
  expect(code).toBe(0);
  await client.closed();
  expect(client.received).toContain("goodbye");
});

describe("with a handler that compresses", () => {
  /** Replaces `write` and `end`, and ends the response when the compressor has ended: as `compression` does. */
  const compressed =
    (listener: RequestListener): RequestListener =>
    (request, response) => {
      const gzip = createGzip();
      const { write, end } = response;
      response.setHeader("content-encoding", "gzip");
      gzip.on("data", (part) => void write.call(response, part, "utf8"));
      gzip.on("end", () => void (end as () => ServerResponse).call(response));
      response.write = ((part: string) => gzip.write(part)) as never;
      response.end = ((part: string) => (gzip.end(part), response)) as never;
      listener(request, response);
    };
  const answer: RequestListener = (_, response) => {
    response.write("com");
    response.end("pressed");
  };
  const bodyOf = (port: number): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      get({ port, host: "127.0.0.1", agent: false }, (response) => resolve(buffer(response))).on(
        "error",
        reject,
      );
    });

  it("flushes before the compressed end, put before it", async () => {
    const target = heldTarget();
    const { port } = await serve(flushHandler(target, compressed(answer)));
    const answered = bodyOf(port);
    await expect.poll(() => target.begun).toBe(1);
    expect(target.settled).toHaveLength(1);
    target.release();
    expect(gunzipSync(await answered).toString()).toBe("compressed");
  });

  it("flushes before the compressed end, put behind it; only its request is measured later", async () => {
    const target = heldTarget();
    const { port } = await serve(compressed(flushHandler(target, answer)));
    const client = new RawClient(port);
    client.get();
    await expect.poll(() => target.begun).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(client.received).toBe("");
    expect(target.settled).toHaveLength(0);
    target.release();
    await client.receives("\r\n0\r\n\r\n");
    expect(gunzipSync(await bodyOf(port)).toString()).toBe("compressed");
  });
});
