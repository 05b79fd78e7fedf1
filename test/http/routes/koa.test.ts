import { Router } from "@koa/router";
import Koa from "koa";
import { expect, it } from "vitest";
import { koaRoute } from "../../../src/http/index.ts";
import { routesOfListener } from "./harness.ts";

function app(): { app: Koa; router: Router } {
  const koa = new Koa();
  koa.silent = true;
  koa.use(koaRoute());
  return { app: koa, router: new Router({ prefix: "/api" }) };
}

it("is the template that matched, with the prefixes of its routers", async () => {
  const { app: koa, router } = app();
  const nested = new Router();
  nested.get("/users/:id", (context: { body: unknown }) => {
    context.body = "user";
  });
  router.get("/", (context: { body: unknown }) => {
    context.body = "telemetry";
  });
  router.use("/teams/:team", nested.routes());
  koa.use(router.routes());
  const paths = ["/api/teams/7/users/1?x=2", "/api"];
  const [user, telemetry] = await routesOfListener(koa.callback(), paths);
  expect(user).toBe("/api/teams/:team/users/:id");
  expect(telemetry).toMatch(/^\/api\/?$/);
});

it("is there where the handler throws", async () => {
  const { app: koa, router } = app();
  router.get("/throws/:what", () => {
    throw new Error("broken");
  });
  koa.use(router.routes());
  expect(await routesOfListener(koa.callback(), ["/api/throws/1"])).toEqual(["/api/throws/:what"]);
});

it("is none where no route matches", async () => {
  const { app: koa, router } = app();
  router.get("/users/:id", (context: { body: unknown }) => {
    context.body = "user";
  });
  koa.use(router.routes()).use(router.allowedMethods());
  expect(await routesOfListener(koa.callback(), ["/wp-login.php", "/api/users"])).toEqual([
    undefined,
    undefined,
  ]);
});

it("is that of the route where a middleware of its router refuses the request", async () => {
  const { app: koa, router } = app();
  const guard = async (
    context: { path: string; throw(status: number): never },
    next: () => Promise<unknown>,
  ): Promise<void> => {
    if (context.path.includes("denied")) context.throw(403);
    await next();
  };
  router.use(guard as never);
  router.get("/users/:id", (context: { body: unknown }) => {
    context.body = "user";
  });
  koa.use(router.routes());
  const paths = ["/api/users/denied", "/api/users/7", "/api/denied"];
  expect(await routesOfListener(koa.callback(), paths)).toEqual([
    "/api/users/:id",
    "/api/users/:id",
    undefined,
  ]);
});
