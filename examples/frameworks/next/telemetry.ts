import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Server } from "node:http";
import { createTaskmon, shutdownOnSignals } from "taskmon";
import { type Drain, drainable, healthFetch } from "taskmon/health";
import { prometheusReader } from "taskmon/prometheus";

function start() {
  const taskmon = createTaskmon({ target: { serviceName: "shop" } });
  const reader = taskmon.attach(prometheusReader());

  // Next.js keeps its server to itself; the first request says which it is.
  const STARTED = "http.server.request.start";
  let drain: Drain | undefined;
  subscribe(STARTED, function onFirst(message) {
    unsubscribe(STARTED, onFirst);
    drain = drainable(taskmon.health, (message as { server: Server }).server, {
      delayMs: Number(process.env["DRAIN_MS"] ?? 5_000),
    });
  });
  shutdownOnSignals(taskmon, { before: () => drain?.start() });
  return { taskmon, reader, health: healthFetch(taskmon.health) };
}

// Next.js loads this module for instrumentation.ts, again for the routes, and while it builds: what is made at
// the first call is the same for all, and a build makes nothing.
const shared = globalThis as { telemetry?: ReturnType<typeof start> };
export const telemetry = (): ReturnType<typeof start> => (shared.telemetry ??= start());
