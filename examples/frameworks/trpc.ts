import { createServer } from "node:http";
import { initTRPC } from "@trpc/server";
import { createHTTPHandler } from "@trpc/server/adapters/standalone";
import { createTaskmon, shutdownOnSignals } from "taskmon";
import { drainable, healthHandler } from "taskmon/health";
import { operationRoutes } from "taskmon/http";
import { prometheusReader } from "taskmon/prometheus";

const taskmon = createTaskmon({ target: { serviceName: "shop" } });
const reader = taskmon.attach(prometheusReader());
const health = healthHandler(taskmon.health);

const trpc = initTRPC.create();
const router = trpc.router({
  users: trpc.router({ first: trpc.procedure.query(() => ({ name: "Ada" })) }),
});
// A procedure is a route: /trpc/users.first. What else a client makes up is /trpc/_OTHER.
// oxlint-disable-next-line no-underscore-dangle -- tRPC's own name
const nameProcedure = operationRoutes("/trpc", Object.keys(router._def.procedures));
const answer = createHTTPHandler({ router, basePath: "/trpc/" });

const server = createServer((request, response) => {
  const [path = ""] = (request.url ?? "").split("?");
  if (path === "/metrics") return reader.handler(request, response);
  health(request, response, () => {
    if (path.startsWith("/trpc/")) nameProcedure(request, path.slice("/trpc/".length));
    answer(request, response);
  });
});
server.listen(Number(process.env["PORT"] ?? 3000));
const drain = drainable(taskmon.health, server, {
  delayMs: Number(process.env["DRAIN_MS"] ?? 5_000),
});
shutdownOnSignals(taskmon, { before: () => drain.start() });
