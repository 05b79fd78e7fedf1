import type { RequestListener, Server } from "node:http";
import type * as http from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import type express from "express";
import type fastify from "fastify";
import { HttpInstrumentation } from "@opentelemetry/instrumentation-http";
import { HttpMetricsInstrumentation } from "taskmon/http";
import { MetricRegistry } from "taskmon/metrics";
import type { Framework, Question, ServerKind } from "./server-process.ts";
import { startTelemetry, type Telemetry } from "../http-telemetry.ts";

// The program of server-process.ts.
const [kind, framework] = process.argv.slice(2) as [ServerKind, Framework];

const telemetry = start();

// What is to be patched is required after that; an import would have come before it.
const require = createRequire(import.meta.url);
const body = { id: 42, state: "placed", currency: "EUR", total: 99.5 };
const server = await listen();

function start(): Telemetry | undefined {
  switch (kind) {
    case "bare":
      return undefined;
    case "instrumentation-http":
      return startTelemetry("server", new HttpInstrumentation(), undefined);
    case "taskmon, instruments":
      return startTelemetry("server", new HttpMetricsInstrumentation(), undefined);
    case "taskmon": {
      const registry = new MetricRegistry({ delivery: "auto" });
      return startTelemetry("server", new HttpMetricsInstrumentation({ registry }), registry);
    }
  }
}

async function listen(): Promise<Server> {
  if (framework === "fastify") {
    const app = (require("fastify") as typeof fastify)();
    app.get("/orders/:id", async () => body);
    await app.listen({ port: 0, host: "127.0.0.1" });
    return app.server;
  }
  const { createServer } = require("node:http") as typeof http;
  const created = createServer(framework === "express" ? expressApp() : plain);
  await new Promise<void>((listening) => created.listen(0, "127.0.0.1", listening));
  return created;
}

function expressApp(): RequestListener {
  const app = (require("express") as typeof express)();
  app.get("/orders/:id", (_request, response) => void response.json(body));
  return app;
}

function plain(request: http.IncomingMessage, response: http.ServerResponse): void {
  // Bodies are read to their end, as a program would.
  request.resume();
  const text = JSON.stringify(body);
  response.writeHead(200, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
  });
  response.end(text);
}

const answers: Record<Question, () => number | Promise<number>> = {
  port: () => (server.address() as AddressInfo).port,
  cpuMicros: () => {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
  measuredRequests: () => telemetry?.measuredRequests() ?? 0,
};
const answer = async (question: Question): Promise<void> => {
  process.send!(await answers[question]());
};
process.on("message", (question: Question) => void answer(question));
process.once("disconnect", () => process.exit());
