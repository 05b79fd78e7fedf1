import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import type { RequestListener } from "node:http";
import fc from "fast-check";
import { expect, it } from "vitest";
import { afterTest, histogramPoints, measure, RawClient, serve, turns } from "./harness.ts";

const BEHAVIOURS: Record<string, RequestListener> = {
  answer: (_request, response) => response.end("x"),
  answerLater: (_request, response) => setImmediate(() => response.end("x")),
  hang: () => {},
  begin: (_request, response) => response.write("x"),
  composeOnly: (_request, response) => response.writeHead(200),
  destroy: (_request, response) => response.destroy(),
  destroyLater: (_request, response) => setImmediate(() => response.destroy(new Error("later"))),
  destroySocket: (request) => request.socket.destroy(),
  answerAndDestroy: (request, response) => {
    response.end("x");
    request.socket.destroy();
  },
  lose: (_request, response) => response.end(Buffer.alloc(4_000_000)),
};

const connection = fc.record({
  requests: fc.array(fc.constantFrom(...Object.keys(BEHAVIOURS)), { minLength: 1, maxLength: 6 }),
  pipelined: fc.boolean(),
  end: fc.constantFrom("destroy", "resetAndDestroy", "end", "stay"),
});

it("counts as many requests as Node.js starts, whatever becomes of them", async () => {
  const { reader } = measure();
  let started = 0;
  const count = (): number => started++;
  subscribe("http.server.request.start", count);
  afterTest(() => unsubscribe("http.server.request.start", count));
  const { server, port } = await serve((request, response) =>
    BEHAVIOURS[request.url!.slice(1)]!(request, response),
  );
  let sockets = 0;
  server.on("connection", (socket) => {
    sockets++;
    socket.on("close", () => sockets--);
  });
  const total = async (): Promise<number> =>
    (await histogramPoints(reader)).reduce((all, point) => all + point.count, 0);

  await fc.assert(
    fc.asyncProperty(fc.array(connection, { minLength: 1, maxLength: 4 }), async (connections) => {
      await Promise.all(
        connections.map(async ({ requests, pipelined, end }) => {
          const client = new RawClient(port);
          await once(client.socket, "connect");
          for (const behaviour of requests) {
            client.get(`/${behaviour}`);
            if (!pipelined) await turns(4);
          }
          await turns(4);
          if (end !== "stay") client.socket[end]();
        }),
      );
      await turns(4);
      server.closeAllConnections();
      await expect.poll(() => sockets, { interval: 1 }).toBe(0);
      await turns(2);
      expect(await total()).toBe(started);
    }),
    { numRuns: 60 },
  );
  expect(started).toBeGreaterThan(100);
});
