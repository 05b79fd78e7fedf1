import http from "node:http";
import type { Socket } from "node:net";
import { Agent, request as npmRequest } from "undici";
import { expect, it } from "vitest";
import { measureClient, measureFetch, type MeasuredClients, serveRaw } from "./client-harness.ts";
import { afterTest } from "./harness.ts";

/** What the server does with a request for the path of that name. */
const behaviours: Readonly<Record<string, (socket: Socket) => void>> = {
  answer: (socket) => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
  chunks: (socket) =>
    socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"),
  last: (socket) =>
    socket.end("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"),
  missing: (socket) => socket.write("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"),
  close: (socket) => socket.end(),
  reset: (socket) => socket.resetAndDestroy(),
  garbage: (socket) => socket.write("what?\r\n\r\n"),
  half: (socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe"),
  broken: (socket) =>
    socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nno chunk\r\n"),
  hang: () => {},
};
const names = Object.keys(behaviours);
const REQUESTS = 300;
const CONCURRENCY = 20;

const misbehaving = (): Promise<{ port: number }> =>
  serveRaw((socket) => {
    socket.on("data", (part) => {
      const [, name = ""] = /^[A-Z]+ \/(\w+)/.exec(part.toString("latin1")) ?? [];
      behaviours[name]?.(socket);
    });
  });

/** Sends requests of every kind, some of which are given up, and waits for them to be over. */
async function load(send: (name: string, signal: AbortSignal) => Promise<void>): Promise<void> {
  let sent = 0;
  const keepBusy = async (): Promise<void> => {
    while (sent < REQUESTS) {
      const name = names[sent++ % names.length]!;
      const controller = new AbortController();
      const pending = send(name, controller.signal).catch(() => {});
      if (name === "hang") setTimeout(() => controller.abort(), 5);
      await pending;
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, keepBusy));
}

/** @param idle whether the connections that are left may be idle ones */
async function expectAllCounted(
  { counted, active, connections }: MeasuredClients<unknown>,
  idle: boolean,
): Promise<void> {
  const points = await counted(REQUESTS);
  const each = REQUESTS / names.length;
  const count = (errorType: string | undefined, status?: number): number =>
    points
      .filter(
        (point) =>
          point["error.type"] === errorType && point["http.response.status_code"] === status,
      )
      .reduce((sum, point) => sum + point.count, 0);
  expect(count(undefined, 200)).toBe(3 * each);
  expect(count("404", 404)).toBe(each);
  expect(count("aborted")).toBe(each);
  expect(await active()).toEqual([]);
  const anyNumber = expect.any(Number) as number;
  await expect.poll(connections).toEqual({ active: 0, idle: idle ? anyNumber : 0 });
}

it("counts every request of node:http once, and comes back to nothing, whatever servers do", async () => {
  const measured = measureClient();
  const { port } = await misbehaving();
  const agent = new http.Agent({ keepAlive: true, maxSockets: CONCURRENCY });
  await load(
    (name, signal) =>
      new Promise((resolve) => {
        const request = http.get({ host: "127.0.0.1", port, path: `/${name}`, agent, signal });
        request.on("error", () => {}).on("close", resolve);
        request.on("response", (response) => response.on("error", () => {}).resume());
      }),
  );
  agent.destroy();
  await expectAllCounted(measured, false);
});

it.each([
  [
    "fetch",
    async (url: string, signal: AbortSignal) => void (await (await fetch(url, { signal })).text()),
  ],
  [
    "undici",
    async (url: string, signal: AbortSignal, dispatcher: Agent) =>
      void (await (await npmRequest(url, { signal, dispatcher })).body.text()),
  ],
])("counts every request of %s once, and comes back to nothing", async (_name, send) => {
  const measured = measureFetch();
  const { port } = await misbehaving();
  const agent = new Agent({ connections: CONCURRENCY });
  afterTest(() => agent.destroy());
  await load((name, signal) => send(`http://127.0.0.1:${port}/${name}`, signal, agent));
  await agent.destroy();
  // Those of the built-in dispatcher are its own to close.
  await expectAllCounted(measured, send.length < 3);
});
