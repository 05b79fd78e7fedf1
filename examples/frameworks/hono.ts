import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { createTaskmon, shutdownOnSignals } from "taskmon";
import { drainable, healthFetch } from "taskmon/health";
import { honoRoute } from "taskmon/http";
import { prometheusReader } from "taskmon/prometheus";

const taskmon = createTaskmon({ target: { serviceName: "shop" } });
const reader = taskmon.attach(prometheusReader());
const health = healthFetch(taskmon.health);

const app = new Hono();
app.use(honoRoute());
app.get("/metrics", (context) => reader.respond(context.req.raw));
app.get("/users/:id", (context) => context.text(`user ${context.req.param("id")}\n`));
// What no route answers may be a question about health.
app.notFound((context) => health(context.req.raw) ?? context.text("Not found\n", 404));

const server = serve({ fetch: app.fetch, port: Number(process.env["PORT"] ?? 3000) });
const drain = drainable(taskmon.health, server, {
  delayMs: Number(process.env["DRAIN_MS"] ?? 5_000),
});
shutdownOnSignals(taskmon, { before: () => drain.start() });
