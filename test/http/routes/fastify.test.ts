import type { AddressInfo } from "node:net";
import fastify, { type FastifyInstance } from "fastify";
import { expect, it } from "vitest";
import { afterTest, measure } from "../harness.ts";
import { routesOf } from "./harness.ts";

async function routes(app: FastifyInstance, ...paths: string[]): Promise<(string | undefined)[]> {
  afterTest(() => app.close());
  await app.listen({ port: 0, host: "127.0.0.1" });
  return await routesOf((app.server.address() as AddressInfo).port, paths);
}

it("is the template that matched, with the prefixes of its plugins", async () => {
  const app = fastify();
  app.get("/users/:id", async () => "user");
  await app.register(
    async (api) => {
      api.get("/teams/:team", async () => "team");
      await api.register(async (inner) => void inner.get("/files/*", async () => "file"), {
        prefix: "/v2/:tenant",
      });
    },
    { prefix: "/api" },
  );
  expect(await routes(app, "/users/1?x=2", "/api/teams/7", "/api/v2/t/files/a/b")).toEqual([
    "/users/:id",
    "/api/teams/:team",
    "/api/v2/:tenant/files/*",
  ]);
});

it("is there where the handler or a hook before it fails", async () => {
  const app = fastify();
  app.get("/throws", async () => {
    throw new Error("broken");
  });
  app.get("/denied", { preHandler: async () => Promise.reject(new Error("no")) }, async () => "x");
  expect(await routes(app, "/throws", "/denied")).toEqual(["/throws", "/denied"]);
});

it("is none where no route matches", async () => {
  const app = fastify();
  app.get("/users/:id", async () => "user");
  expect(await routes(app, "/wp-login.php", "/users")).toEqual([undefined, undefined]);
});

it("is there where a hook or a schema refuses the request before its handler", async () => {
  // An application is seen when it is made.
  const { instrumentation } = measure();
  const app = fastify();
  instrumentation.disable();
  app.addHook("onRequest", async (request, reply) => {
    if (request.url.includes("denied")) await reply.code(401).send("no");
  });
  app.get("/users/:id", async () => "user");
  const schema = { params: { type: "object", properties: { id: { type: "integer" } } } };
  app.get("/orders/:id", { schema }, async () => "order");
  expect(await routes(app, "/users/denied", "/orders/seven", "/none/denied")).toEqual([
    "/users/:id",
    "/orders/:id",
    undefined,
  ]);
});

it("is none for an early hook's answer, where the application was made before", async () => {
  const app = fastify();
  app.addHook("onRequest", async (_request, reply) => reply.code(401).send("no"));
  app.get("/users/:id", async () => "user");
  expect(await routes(app, "/users/1")).toEqual([undefined]);
});
