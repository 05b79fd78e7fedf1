import type { RequestListener } from "node:http";
import express5 from "express";
import express4 from "express4";
import { describe, expect, it } from "vitest";
import { setHttpRoute } from "../../../src/http/index.ts";
import { measure, serve } from "../harness.ts";
import { get, routesOfListener } from "./harness.ts";

const versions: [string, typeof express5][] = [
  ["Express 5", express5],
  ["Express 4", express4],
];

describe.each(versions)("the route of %s", (_name, express) => {
  const routes = async (app: unknown, ...paths: string[]): Promise<(string | undefined)[]> =>
    await routesOfListener(app as RequestListener, paths);

  it("is the template that matched", async () => {
    const app = express();
    app.get("/", (_request, response) => void response.send("telemetry"));
    app.get("/users/:id", (_request, response) => void response.send("user"));
    app.get(/^\/files\/(.*)$/, (_request, response) => void response.send("file"));
    app.get(["/a", "/b"], (_request, response) => void response.send("letters"));
    expect(await routes(app, "/", "/users/1?token=2", "/files/x/y", "/b")).toEqual([
      "/",
      "/users/:id",
      "/^\\/files\\/(.*)$",
      "/a,/b",
    ]);
  });

  it("is whole for mounted routers, whatever their depth", async () => {
    const app = express();
    const [outer, inner] = [express.Router(), express.Router()];
    inner.get("/users/:id", (_request, response) => void response.send("user"));
    inner.get("/", (_request, response) => void response.send("all"));
    outer.use("/teams/:team", inner);
    app.use("/api", outer);
    const found = await routes(
      app,
      "/api/teams/7/users/1",
      "/API/teams/users/users/teams",
      "/api/teams/8",
    );
    expect(found).toEqual([
      "/api/teams/:team/users/:id",
      "/api/teams/:team/users/:id",
      "/api/teams/:team",
    ]);
  });

  it("is whole for a router that is mounted in two places", async () => {
    const app = express();
    const router = express.Router();
    router.get("/list", (_request, response) => void response.send("list"));
    app.use("/v1/:tenant", router);
    app.use("/v2", router);
    expect(await routes(app, "/v2/list", "/v1/x/list", "/v2/list")).toEqual([
      "/v2/list",
      "/v1/:tenant/list",
      "/v2/list",
    ]);
  });

  it("is whole for mounted applications", async () => {
    const [app, admin, nested] = [express(), express(), express()];
    const router = express.Router();
    router.get("/:page", (_request, response) => void response.send("page"));
    nested.use("/pages", router);
    admin.use("/nested/:n", nested);
    admin.get("/", (_request, response) => void response.send("admin"));
    app.use("/admin", admin);
    expect(await routes(app, "/admin", "/admin/nested/1/pages/2")).toEqual([
      "/admin",
      "/admin/nested/:n/pages/:page",
    ]);
  });

  it("is whole where an error handler of the application answers", async () => {
    const app = express();
    const router = express.Router();
    router.get("/users/:id", (_request, _response, next) => next(new Error("broken")));
    app.use("/api", router);
    app.use(((_error, _request, response, _next) => {
      response.status(500).send("sorry");
    }) as express5.ErrorRequestHandler);
    expect(await routes(app, "/api/users/1")).toEqual(["/api/users/:id"]);
  });

  it("is none where no route matches, nor for middleware that answers", async () => {
    const app = express();
    app.use("/static", (_request, response) => void response.send("file"));
    app.get("/users/:id", (_request, response) => void response.send("user"));
    expect(await routes(app, "/wp-login.php", "/static/a.js", "/users")).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("is what the program names instead", async () => {
    const app = express();
    app.get("/users/:id", (request, response) => {
      setHttpRoute(request, "/people/:id");
      response.send("user");
    });
    expect(await routes(app, "/users/1")).toEqual(["/people/:id"]);
  });

  it("stays one series for distinct parameters", async () => {
    const { counted } = measure();
    const app = express();
    const router = express.Router();
    router.get("/:b", (_request, response) => void response.send("x"));
    app.use("/:a", router);
    const { port } = await serve(app);
    for (let i = 0; i < 30; i++) await get(port, `/a${i}/b${i}`);
    expect(await counted(30)).toMatchObject([{ "http.route": "/:a/:b", count: 30 }]);
  });
});

describe("the route of Express with earlier versions of its router, whose layers do not tell their paths", () => {
  it("is read off what the layers match", async () => {
    const app = express5();
    const [outer, inner] = [express5.Router(), express5.Router()];
    inner.get("/users/:id", (_request, response) => void response.send("user"));
    outer.use("/teams/:team", inner);
    app.use("/Api", outer);
    app.use("/x", outer);
    for (const router of [app.router, outer, inner]) {
      for (const layer of router.stack) Reflect.deleteProperty(layer, "rawPath");
    }
    const paths = ["/api/teams/teams/users/1", "/API/teams/api/users/2", "/x/teams/1/users/1"];
    expect(await routesOfListener(app, paths)).toEqual([
      "/api/teams/:team/users/:id",
      "/api/teams/:team/users/:id",
      "/x/teams/:team/users/:id",
    ]);
  });
});
