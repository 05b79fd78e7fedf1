import { createServer } from "node:http";
import { createRequestListener } from "@react-router/node";
import { shutdownOnSignals } from "taskmon";
import { drainable, healthHandler } from "taskmon/health";
import { build } from "./build.ts";
import { answering, reader, taskmon } from "./telemetry.ts";

const health = healthHandler(taskmon.health);
const answer = createRequestListener({ build });

const server = createServer((request, response) => {
  if (request.url === "/metrics") return reader.handler(request, response);
  health(request, response, () => answering.run(request, answer, request, response));
});
server.listen(Number(process.env["PORT"] ?? 3000));
const drain = drainable(taskmon.health, server, {
  delayMs: Number(process.env["DRAIN_MS"] ?? 5_000),
});
shutdownOnSignals(taskmon, { before: () => drain.start() });
