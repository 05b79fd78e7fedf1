import { createServer, type Server } from "node:http";
import { fastify } from "fastify";
import { expect, it } from "vitest";
import { createApp, defineService } from "../../../src/app/index.ts";

it("ends a server of Node.js and a Fastify instance that start returned", async () => {
  let plain!: Server;
  const web = fastify();
  const app = createApp({
    logger: { emit() {} },
    services: [
      defineService({
        id: 1n,
        name: "plain",
        start: () =>
          new Promise<Server>((resolve) => {
            plain = createServer().listen(0, () => resolve(plain));
          }),
      }),
      defineService({
        id: 2n,
        name: "fastify",
        async start() {
          await web.listen({ port: 0 });
          return web;
        },
      }),
    ],
  });
  await app.start();
  expect([plain.listening, web.server.listening]).toEqual([true, true]);

  const report = await app.shutdown();

  expect(report.complete).toBe(true);
  expect([plain.listening, web.server.listening]).toEqual([false, false]);
});

it("leaves the end to stop where there is one, and says what disposal throws", async () => {
  const notes: string[] = [];
  const disposable = (name: string): Disposable => ({
    [Symbol.dispose]() {
      notes.push(name);
      throw new Error("no");
    },
  });
  const app = createApp({
    logger: { emit() {} },
    services: [
      defineService({ id: 1n, name: "a", start: () => disposable("a"), stop: () => {} }),
      defineService({ id: 2n, name: "b", start: () => disposable("b") }),
    ],
  });
  await app.start();
  const { services } = await app.shutdown();
  expect(notes).toEqual(["b"]);
  expect(services.map(({ outcome }) => outcome)).toEqual(["stopped", "failed"]);
});
