import { createServer } from "node:http";
import { Router } from "@koa/router";
import Koa from "koa";
import { createTaskmon, shutdownOnSignals } from "taskmon";
import { drainable, healthHandler } from "taskmon/health";
import { koaRoute } from "taskmon/http";
import { prometheusReader } from "taskmon/prometheus";

const taskmon = createTaskmon({ target: { serviceName: "shop" } });
const reader = taskmon.attach(prometheusReader());
const health = healthHandler(taskmon.health);

const router = new Router();
router.get("/users/:id", (context: { params: { id: string }; body: unknown }) => {
  context.body = `user ${context.params.id}\n`;
});
const app = new Koa();
app.use(koaRoute());
app.use(router.routes());

const answer = app.callback();
const server = createServer((request, response) => {
  if (request.url === "/metrics") return reader.handler(request, response);
  health(request, response, () => answer(request, response));
});
server.listen(Number(process.env["PORT"] ?? 3000));
const drain = drainable(taskmon.health, server, {
  delayMs: Number(process.env["DRAIN_MS"] ?? 5_000),
});
shutdownOnSignals(taskmon, { before: () => drain.start() });
