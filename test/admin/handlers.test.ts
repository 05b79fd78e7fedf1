import express from "express";
import fastify from "fastify";
import { expect, it, onTestFinished } from "vitest";
import { adminFetch, adminHandler, adminPlugin } from "../../src/admin/index.ts";
import { act, sceneTaskmon, served, withTokens } from "./scene.ts";

/** The page, its files and an action, below a path. */
async function works(base: string): Promise<void> {
  const page = await fetch(base);
  expect([base, page.status, page.url.endsWith("/")]).toEqual([base, 200, true]);
  const text = await page.text();
  for (const [, link] of text.matchAll(/(?:href|src)="((?:page|favicon)[^"]+)"/g)) {
    const file = await fetch(new URL(link!, page.url));
    expect([link, file.status]).toEqual([link, 200]);
    expect(file.headers.get("cache-control")).toContain("immutable");
  }
  expect((await fetch(new URL("api/v1/overview", page.url))).status).toBe(200);
  const done = await act(new URL("api/v1/health/db/run", page.url).href, "POST", { why: "a test" });
  expect([base, done.status]).toEqual([base, 200]);
}

function taskmonWithCheck(): ReturnType<typeof sceneTaskmon> {
  const taskmon = sceneTaskmon();
  taskmon.health.register("db", () => undefined, { intervalMs: 3_600_000 });
  return taskmon;
}

it("serves Express where it is mounted, also behind a body parser", async () => {
  const app = express();
  app.use(express.json());
  app.use("/admin", adminHandler(taskmonWithCheck(), withTokens()));
  await works(`${await served(app)}/admin`);
});

it("serves node:http below a path, and leaves other paths to others", async () => {
  const handler = adminHandler(taskmonWithCheck(), withTokens({ path: "/a/b/" }));
  const url = await served((request, response) =>
    handler(request, response, () => void response.writeHead(418).end()),
  );
  await works(`${url}/a/b/`);
  expect((await fetch(`${url}/elsewhere`)).status).toBe(418);
});

it("serves Fastify below a prefix", async () => {
  const app = fastify();
  onTestFinished(() => app.close());
  await app.register(adminPlugin(taskmonWithCheck(), withTokens()), { prefix: "/admin" });
  await works(`${await app.listen({ port: 0, host: "127.0.0.1" })}/admin`);
});

it("answers a Request with a Response, and nothing for other paths", async () => {
  const respond = adminFetch(taskmonWithCheck(), withTokens({ path: "/admin/" }));
  const page = await respond(new Request("http://x/admin/"));
  expect(page?.headers.get("content-type")).toBe("text/html; charset=utf-8");
  const body = JSON.stringify({ why: "a test" });
  const headers = {
    "content-type": "application/json",
    authorization: `Bearer ${withTokens().tokens![0]!.token}`,
  };
  const run = new Request("http://x/admin/api/v1/health/db/run", { method: "POST", headers, body });
  expect((await respond(run))?.status).toBe(200);
  expect(await respond(new Request("http://x/other"))).toBeUndefined();
});
