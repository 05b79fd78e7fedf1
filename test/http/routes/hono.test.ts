import { getRequestListener } from "@hono/node-server";
import { Hono } from "hono";
import { expect, it } from "vitest";
import { honoRoute } from "../../../src/http/index.ts";
import { routesOfListener } from "./harness.ts";

const routes = async (app: Hono, ...paths: string[]): Promise<(string | undefined)[]> =>
  await routesOfListener((...exchange) => void getRequestListener(app.fetch)(...exchange), paths);

function create(): Hono {
  const app = new Hono();
  app.use(honoRoute());
  return app;
}

it("is the template that matched, with the paths of mounted apps", async () => {
  const app = create();
  const [api, users] = [new Hono(), new Hono()];
  users.get("/:id", (c) => c.text("user"));
  api.route("/teams/:team/users", users);
  app.get("/", (c) => c.text("telemetry"));
  app.route("/api", api);
  expect(await routes(app, "/", "/api/teams/7/users/1?x=2")).toEqual([
    "/",
    "/api/teams/:team/users/:id",
  ]);
});

it("is that of the handler, not of the middleware before it, nor of an error handler", async () => {
  const app = create();
  app.use("/admin/*", async (_c, next) => await next());
  app.get("/admin/:page", (c) => c.text("page"));
  const guarded = new Hono();
  guarded.onError((_error, c) => c.text("sorry", 500));
  guarded.get("/throws/:what", () => {
    throw new Error("broken");
  });
  app.route("/guarded", guarded);
  expect(await routes(app, "/admin/1", "/guarded/throws/1")).toEqual([
    "/admin/:page",
    "/guarded/throws/:what",
  ]);
});

it("is that of the handler which a middleware kept from running", async () => {
  const app = create();
  app.use("/admin/*", async (c, _next) => c.text("no", 401));
  app.get("/admin/:page", (c) => c.text("page"));
  expect(await routes(app, "/admin/1")).toEqual(["/admin/:page"]);
});

it("is none where no route matches", async () => {
  const app = create();
  app.get("/users/:id", (c) => c.text("user"));
  expect(await routes(app, "/wp-login.php", "/users")).toEqual([undefined, undefined]);
});
