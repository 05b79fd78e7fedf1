// A service with health checks, the answers that an orchestrator asks for, and an orderly end: SIGTERM
// fails readiness first, then closes the server. `PORT=0` takes a free port; `DRAIN_MS` is how long
// balancers take to notice.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import {
  diskCheck,
  drainable,
  eventLoopCheck,
  Health,
  healthHandler,
  heapCheck,
} from "taskmon/health";

const health = new Health();
// Liveness: what a restart can mend. It takes only checks of the process itself.
health.register("event-loop", eventLoopCheck(), { groups: ["liveness"], intervalMs: 10_000 });
health.register("heap", heapCheck(), { groups: ["liveness"], intervalMs: 10_000 });
// Readiness: what requests need. Three failures in a row take the service out of rotation.
health.register("disk", diskCheck({ path: ".", minFreeRatio: 0.001 }), {
  intervalMs: 10_000,
  failingIntervalMs: 1_000,
  fall: 3,
});
// Startup: until it has passed once, liveness passes and readiness fails.
let warm = false;
setTimeout(() => (warm = true), 100);
health.register(
  "warm-up",
  () => (warm ? undefined : { status: "fail", message: "still reading the catalogue" }),
  { groups: ["startup"], intervalMs: 60_000, failingIntervalMs: 50 },
);

const answerHealth = healthHandler(health, {
  // Details only to this host.
  allowDetails: ({ socket }) => socket.remoteAddress === "127.0.0.1",
});
const server = createServer((request, response) => {
  answerHealth(request, response, () => response.end("hello\n"));
});
server.listen(Number(process.env["PORT"] ?? 8_080), "127.0.0.1");
await once(server, "listening");
console.log(`health: serving http://127.0.0.1:${(server.address() as AddressInfo).port}`);

drainable(health, server, {
  signals: ["SIGTERM", "SIGINT"],
  delayMs: Number(process.env["DRAIN_MS"] ?? 5_000),
  onClosed: () => health.shutdown(),
});
