import { createRequire } from "node:module";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { expect, it } from "vitest";
import { afterTest } from "../harness.ts";
import { routesOf } from "./harness.ts";

interface RestifyServer {
  readonly server: Server;
  get(
    path: string,
    handler: (request: unknown, response: RestifyResponse, next: () => void) => void,
  ): void;
  listen(port: number, host: string): void;
}
interface RestifyResponse {
  send(status: number, body: string): void;
}

const restify = createRequire(import.meta.url)("restify") as { createServer(): RestifyServer };

it("is the template that matched, and none where none does", async () => {
  const app = restify.createServer();
  app.get("/users/:id", (_request, response, next) => {
    response.send(200, "user");
    next();
  });
  app.listen(0, "127.0.0.1");
  afterTest(() => app.server.close());
  await once(app.server, "listening");
  const { port } = app.server.address() as AddressInfo;
  expect(await routesOf(port, ["/users/1?x=2", "/wp-login.php"])).toEqual([
    "/users/:id",
    undefined,
  ]);
});
