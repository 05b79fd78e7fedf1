import { once } from "node:events";
import { createServer, type Server } from "node:http";
import http2 from "node:http2";
import { type AddressInfo, connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { expect, it, onTestFinished } from "vitest";
import { drainable, healthHandler } from "../../src/health/index.ts";
import { manualClock } from "../../src/testing/manual-clock.ts";
import { listenToDiag } from "../reader/said.ts";
import { setup } from "./harness.ts";

/** A server whose `/slow` is answered when the test says so. */
async function serve(handler: ReturnType<typeof healthHandler>) {
  const waiting: (() => void)[] = [];
  const server: Server = createServer((request, response) => {
    if (request.url === "/slow") waiting.push(() => response.end("done"));
    else handler(request, response);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { server, url, waiting };
}

it("fails readiness first, goes on answering, then closes, lets requests end, and calls on", async () => {
  const { health } = setup();
  const clock = manualClock();
  const { server, url, waiting } = await serve(healthHandler(health));
  const order: string[] = [];
  const drain = drainable(health, server, {
    clock,
    delayMs: 3_000,
    onClosed: () => void order.push("closed"),
  });
  const status = async (path: string): Promise<number> => (await fetch(url + path)).status;
  expect(await status("/readyz")).toBe(200);

  const ended = drain.start().then(() => order.push("ended"));
  expect(drain.start()).toBe(drain.start());
  expect(await status("/readyz")).toBe(503);
  expect(await status("/livez")).toBe(200);
  const slow = fetch(`${url}/slow`);
  await expect.poll(() => waiting.length).toBe(1);
  await clock.advance(2_999);
  expect(await status("/livez")).toBe(200);
  expect(server.listening).toBe(true);

  await clock.advance(1);
  expect(server.listening).toBe(false);
  await expect(fetch(`${url}/livez`)).rejects.toThrow("fetch failed");
  expect(order).toEqual([]);
  waiting[0]!();
  expect(await (await slow).text()).toBe("done");
  await clock.advance(100);
  await ended;
  expect(order).toEqual(["closed", "ended"]);
});

it("closes a kept-alive connection when its last request has ended", async () => {
  const { health } = setup();
  const clock = manualClock();
  const { server, url, waiting } = await serve(healthHandler(health));
  server.keepAliveTimeout = 600_000;
  const slow = fetch(`${url}/slow`, { headers: { connection: "keep-alive" } });
  await expect.poll(() => waiting.length).toBe(1);
  const ended = drainable(health, server, { clock, delayMs: 0, closeTimeoutMs: 60_000 }).start();
  await clock.advance(0);
  waiting[0]!();
  expect(await (await slow).text()).toBe("done");
  let isOver = false;
  void ended.then(() => (isOver = true));
  await clock.advance(100);
  // Sooner than the client would close it.
  await expect.poll(() => isOver, { timeout: 1_500 }).toBe(true);
  expect(clock.pending).toBe(0);
});

it("cuts requests that do not end in time", async () => {
  const { health } = setup();
  const clock = manualClock();
  const { server, url, waiting } = await serve(healthHandler(health));
  const slow = fetch(`${url}/slow`).catch((error: unknown) => error);
  await expect.poll(() => waiting.length).toBe(1);
  const ended = drainable(health, server, { clock, delayMs: 0, closeTimeoutMs: 1_000 }).start();
  await clock.advance(0);
  await clock.advance(1_000);
  await ended;
  expect(await slow).toBeInstanceOf(Error);
});

/** Opens a connection that the server hands over to the program, which keeps it. */
async function upgraded(
  server: Server,
): Promise<{ readonly client: Socket; readonly kept: Duplex }> {
  const handed = once(server, "upgrade");
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  onTestFinished(() => void client.destroy());
  client.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: ours\r\n\r\n");
  const [, kept] = (await handed) as [unknown, Duplex];
  kept.on("error", () => undefined);
  return { client, kept };
}

it("cuts a connection that was upgraded, on which it leaves nothing before that", async () => {
  const { health } = setup();
  const clock = manualClock();
  const { server } = await serve(healthHandler(health));
  const events = ["close", "error", "end", "data"];
  const bare = await upgraded(server);
  const order: string[] = [];
  const drain = drainable(health, server, {
    clock,
    delayMs: 0,
    closeTimeoutMs: 500,
    onClosed: () => void order.push("closed"),
  });
  const { client, kept } = await upgraded(server);
  const counts = (socket: Duplex): number[] => events.map((event) => socket.listenerCount(event));
  expect(counts(kept)).toEqual(counts(bare.kept));
  bare.kept.destroy();
  const ended = drain.start();
  await clock.advance(0);
  await clock.advance(499);
  expect([order, kept.destroyed]).toEqual([[], false]);
  const cut = once(client, "close");
  await clock.advance(1);
  await ended;
  await cut;
  expect([order, kept.destroyed]).toEqual([["closed"], true]);
});

it("cuts an endless stream of HTTP/2", async () => {
  const { health } = setup();
  const clock = manualClock();
  const server = http2.createServer();
  server.on("sessionError", () => undefined);
  server.on("stream", (stream) => {
    stream.on("error", () => undefined);
    stream.respond({ ":status": 200 });
    stream.write("and so on");
  });
  const drain = drainable(health, server, { clock, delayMs: 0, closeTimeoutMs: 500 });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const session = http2.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  session.on("error", () => undefined);
  const stream = session.request({ ":path": "/" });
  stream.on("error", () => undefined);
  await once(stream, "data");
  const ended = drain.start();
  await clock.advance(0);
  const cut = once(session, "close");
  await clock.advance(500);
  await ended;
  await cut;
});

it("goes on, and says so, where a connection was made before and cannot be cut", async () => {
  const said = listenToDiag();
  const { health } = setup();
  const clock = manualClock();
  const { server } = await serve(healthHandler(health));
  const { kept } = await upgraded(server);
  const ended = drainable(health, server, { clock, delayMs: 0, closeTimeoutMs: 500 }).start();
  await clock.advance(0);
  await clock.advance(500);
  await clock.advance(1_000);
  await ended;
  expect(kept.destroyed).toBe(false);
  expect(said.filter((line) => line.includes("could not be closed"))).toHaveLength(1);
  expect(clock.pending).toBe(0);
});

it("notes no connections any more when it is disposed of", async () => {
  const { health } = setup();
  const { server } = await serve(healthHandler(health));
  const before = server.listenerCount("connection");
  const drain = drainable(health, server);
  expect(server.listenerCount("connection")).toBe(before + 1);
  drain[Symbol.dispose]();
  expect(server.listenerCount("connection")).toBe(before);
});

it("listens to signals only where asked, to each once, and no more when it is disposed of", async () => {
  const { health } = setup();
  const { server } = await serve(healthHandler(health));
  const before = process.listenerCount("SIGTERM");
  drainable(health, server);
  expect(process.listenerCount("SIGTERM")).toBe(before);

  const clock = manualClock();
  const disposed = drainable(health, server, { clock, signals: ["SIGTERM"] });
  expect(process.listenerCount("SIGTERM")).toBe(before + 1);
  disposed[Symbol.dispose]();
  expect(process.listenerCount("SIGTERM")).toBe(before);

  drainable(health, server, { clock, signals: ["SIGUSR2", "SIGTERM"] });
  process.kill(process.pid, "SIGUSR2");
  await expect.poll(() => health.draining).toBe(true);
  expect(process.listenerCount("SIGTERM")).toBe(before);
  expect(process.listenerCount("SIGUSR2")).toBe(0);
});

it("ends also where the server is closed already, or what follows fails", async () => {
  const { health } = setup();
  const clock = manualClock();
  const server = createServer();
  const drain = drainable(health, server, {
    clock,
    delayMs: 0,
    onClosed: () => Promise.reject(new Error("later")),
  });
  const ended = drain.start();
  await clock.advance(0);
  await ended;
});
