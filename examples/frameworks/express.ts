import express from "express";
import { createTaskmon, shutdownOnSignals } from "taskmon";
import { drainable, healthHandler } from "taskmon/health";
import { prometheusReader } from "taskmon/prometheus";

const taskmon = createTaskmon({ target: { serviceName: "shop" } });
const reader = taskmon.attach(prometheusReader());

const app = express();
app.get("/metrics", reader.handler);
app.use(healthHandler(taskmon.health));
app.get("/users/:id", (request, response) => {
  response.send(`user ${request.params.id}\n`);
});

const server = app.listen(Number(process.env["PORT"] ?? 3000));
const drain = drainable(taskmon.health, server, {
  delayMs: Number(process.env["DRAIN_MS"] ?? 5_000),
});
shutdownOnSignals(taskmon, { before: () => drain.start() });
