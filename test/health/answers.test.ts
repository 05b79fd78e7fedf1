import { once } from "node:events";
import { createServer, request as httpRequest, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import express4 from "express4";
import Fastify from "fastify";
import { Hono } from "hono";
import { expect, it, onTestFinished } from "vitest";
import { type Health, healthFetch, healthHandler, healthPlugin } from "../../src/health/index.ts";
import { formatOf } from "../../src/health/answers/answer.ts";
import { setup, steady, switched } from "./harness.ts";

type RequestHandler = (...args: Parameters<RequestListener>) => Promise<void>;

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const allowDetails = (request: { headers: { authorization?: string } }): boolean =>
  request.headers.authorization === "Bearer me";
const me = { authorization: "Bearer me" };
const forAll = { allowDetails: () => true };

/** Every kind of server with the same health below the same paths. */
const kinds: [string, (health: Health) => Promise<string>][] = [
  ["node:http", (health) => serve(healthHandler(health, forAll))],
  [
    "Express",
    (health) => {
      const app = express();
      app.use(healthHandler(health, forAll));
      app.get("/other", (_request, response) => void response.send("other"));
      return serve(app);
    },
  ],
  [
    "Express 4",
    (health) => {
      const app = express4();
      app.use(healthHandler(health, forAll));
      app.get("/other", (_request, response) => void response.send("other"));
      return serve(app);
    },
  ],
  [
    "Fastify",
    async (health) => {
      const app = Fastify();
      await app.register(healthPlugin(health, forAll));
      app.get("/other", () => "other");
      onTestFinished(() => app.close());
      return app.listen({ port: 0, host: "127.0.0.1" });
    },
  ],
  [
    "Hono",
    async (health) => {
      const app = new Hono();
      const answer = healthFetch(health, forAll);
      app.use(async (context, next) => answer(context.req.raw) ?? next());
      app.get("/other", (context) => context.text("other"));
      const handle: RequestHandler = async (incoming, outgoing) => {
        const headers = new Headers(incoming.headers as Record<string, string>);
        const request = new Request(`http://x${incoming.url}`, {
          method: incoming.method!,
          headers,
        });
        const response = await app.fetch(request);
        outgoing.writeHead(response.status, Object.fromEntries(response.headers));
        outgoing.end(await response.text());
      };
      return serve((incoming, outgoing) => void handle(incoming, outgoing));
    },
  ],
];

it.each(kinds)("answers orchestrators, people and programs on %s", async (kind, start) => {
  const { health, clock } = setup();
  const db = switched();
  health.register("db", db.check, {
    ...steady,
    intervalMs: 7_000,
    failingIntervalMs: 7_000,
    id: "0xa1",
  });
  health.register("queue", () => ({ status: "warn", message: "long" }), {
    ...steady,
    groups: ["billing"],
  });
  const url = await start(health);
  const status = async (path: string): Promise<number> => (await fetch(url + path)).status;
  expect([await status("/livez"), await status("/readyz"), await status("/startupz")]).toEqual([
    200, 503, 200,
  ]);
  await clock.advance(1);
  expect(await status("/readyz?verbose")).toBe(200);
  expect([
    await status("/health"),
    await status("/health/billing"),
    await status("/health/none"),
  ]).toEqual([200, 200, 404]);
  expect(await status("/other")).toBe(kind === "node:http" ? 404 : 200);

  db.failing = true;
  await clock.advance(7_000);
  const response = await fetch(`${url}/readyz`, { headers: { accept: "application/health+json" } });
  expect(response.status).toBe(503);
  expect(Object.fromEntries(response.headers)).toMatchObject({
    "content-type": "application/health+json",
    "cache-control": "no-store",
    "retry-after": "7",
    vary: "accept",
  });
  expect(response.headers.get("etag")).toBeNull();
  expect(await response.json()).toEqual({
    status: "fail",
    checks: {
      db: [
        {
          componentId: "a1",
          status: "fail",
          state: "fail",
          time: "2026-01-01T00:00:07.000Z",
          observedValue: 0,
          observedUnit: "ms",
          output: "switched off",
          consecutiveFailures: 1,
          groups: ["readiness"],
          critical: true,
        },
      ],
    },
  });
  const people = await fetch(`${url}/health`);
  expect(people.headers.get("content-type")).toBe("text/plain; charset=utf-8");
  expect(await people.text()).toBe("fail\ndb: fail (switched off)\nqueue: warn (long)\n");
  const conditional = await fetch(`${url}/health`, {
    headers: { "if-none-match": "*", "if-modified-since": new Date().toUTCString() },
  });
  expect(conditional.status).toBe(503);
});

it.each(kinds)("answers HEAD like GET, without a body, on %s", async (_, start) => {
  const { health } = setup();
  const url = await start(health);
  const [head, get] = await Promise.all([raw(`${url}/livez`, "HEAD"), raw(`${url}/livez`, "GET")]);
  expect(head.status).toBe(200);
  expect(head.body).toBe("");
  expect(get.body).toBe("pass\n");
  expect(head.headers["content-length"]).toBe("5");
  expect(head.headers["cache-control"]).toBe("no-store");
});

async function raw(url: string, method: string) {
  const request = httpRequest(url, { method, agent: false }).end();
  const [response] = await once(request, "response");
  let body = "";
  for await (const chunk of response) body += String(chunk);
  return { status: response.statusCode, headers: response.headers, body };
}

it("refuses other methods", async () => {
  const url = await serve(healthHandler(setup().health));
  const response = await fetch(`${url}/livez`, { method: "POST" });
  expect([response.status, response.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
});

it("shows checks, errors and data only to those who are allowed to see them", async () => {
  const { health, clock } = setup();
  health.register(
    "db",
    () => ({ status: "fail", message: "no route to 10.0.0.7", data: { pool: 3n } }),
    steady,
  );
  await clock.advance(0);
  const url = await serve(healthHandler(health, { allowDetails: allowDetails as never }));
  for (const accept of ["text/plain", "application/json", "application/health+json"]) {
    const stranger = await (await fetch(`${url}/readyz`, { headers: { accept } })).text();
    expect(stranger).not.toMatch(/db|10\.0\.0\.7|pool/);
    const friend = await (await fetch(`${url}/readyz`, { headers: { accept, ...me } })).text();
    expect(friend).toContain("10.0.0.7");
  }
  const broken = await serve(
    healthHandler(health, {
      allowDetails: () => {
        throw new Error("no");
      },
    }),
  );
  expect(await (await fetch(`${broken}/readyz`)).text()).toBe("fail\n");
});

it("answers below other paths, and in a mounted router", async () => {
  const { health } = setup();
  const paths = { liveness: "/alive", readiness: "/-/ready" };
  const app = express();
  app.use("/internal", healthHandler(health, { paths }));
  const url = await serve(app);
  expect((await fetch(`${url}/internal/alive`)).status).toBe(200);
  expect((await fetch(`${url}/internal/-/ready`)).status).toBe(200);
  expect((await fetch(`${url}/internal/startupz`)).status).toBe(200);
  expect((await fetch(`${url}/internal/livez`)).status).toBe(404);
  expect((await fetch(`${url}/alive`)).status).toBe(404);

  const fastify = Fastify();
  await fastify.register(healthPlugin(health), { prefix: "/internal" });
  expect((await fastify.inject("/internal/livez")).statusCode).toBe(200);
  expect((await fastify.inject("/livez")).statusCode).toBe(404);
  for (const path of ["alive", "/", "/a b", "/a?b", "/a/"]) {
    expect(() => healthHandler(health, { paths: { liveness: path } })).toThrow("paths.liveness");
  }
});

it("takes as the time to ask again when a check that does not pass runs next, a minute at most", async () => {
  const { health, clock } = setup();
  const url = await serve(healthHandler(health));
  const retryAfter = async (): Promise<string | null> =>
    (await fetch(`${url}/readyz`)).headers.get("retry-after");
  health.register("slow", switched(true).check, {
    ...steady,
    intervalMs: 3_600_000,
    failingIntervalMs: 3_600_000,
  });
  await clock.advance(1);
  expect(await retryAfter()).toBe("60");
  health.register("fast", switched(true).check, { ...steady, intervalMs: 300 });
  await clock.advance(1);
  expect(await retryAfter()).toBe("1");
  health.forceGroup("readiness", "fail", "no");
  health.unregister("slow");
  health.unregister("fast");
  expect(await retryAfter()).toBe("5");
});

it.each([
  [undefined, "text/plain"],
  ["*/*", "text/plain"],
  ["", "text/plain"],
  ["image/png", "text/plain"],
  ["application/*", "application/health+json"],
  ["application/json", "application/json"],
  ["text/html, application/health+json;q=0.9, */*;q=0.1", "application/health+json"],
  ["text/plain;q=0.5, application/json;q=0.8", "application/json"],
  ["text/plain;q=0, */*", "application/health+json"],
  ["APPLICATION/JSON; charset=utf-8", "application/json"],
  ["application/json;q=nonsense", "text/plain"],
] as const)("reads Accept: %s as %s", (accept, format) => {
  expect(formatOf(accept)).toBe(format);
});

it("survives data that JSON cannot hold, and keeps a check to its own line", async () => {
  const { health, clock } = setup();
  const circle: Record<string, unknown> = {};
  circle["itself"] = circle;
  health.register(
    "db",
    () => ({ status: "warn", message: "a\nother: pass", data: circle }),
    steady,
  );
  await clock.advance(0);
  const url = await serve(healthHandler(health, forAll));
  const json = await fetch(`${url}/readyz`, { headers: { accept: "application/json" } });
  expect(await json.json()).toMatchObject({ status: "warn" });
  expect(await (await fetch(`${url}/readyz`)).text()).toBe("warn\ndb: warn (a other: pass)\n");
});
