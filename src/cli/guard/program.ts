import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { drainable } from "../../health/drain.ts";
import { healthHandler } from "../../health/answers/handlers.ts";
import { watchMonitors } from "../../monitor/config/watch.ts";
import { prometheusReader } from "../../prometheus/reader.ts";
import { splitUrl } from "../../serve/answer.ts";
import { systemClock } from "../../shared/clock.ts";
import { messageOf } from "../../shared/errors.ts";
import { memoryAllocator } from "../../task/allocators/memory.ts";
import { createTaskmon } from "../../taskmon/taskmon.ts";
import { Routes } from "./proxy.ts";
import type { GuardPlan } from "./section.ts";
import { followTls, readTls } from "./tls-files.ts";

/** A proxy that runs. */
export interface GuardProgram {
  /** Where clients reach it. */
  readonly port: number;
  /** Where metrics and health are. */
  readonly adminPort: number;
  /** Ends it in order: readiness fails, requests under way end. Idempotent. */
  end(): Promise<void>;
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;
}

/** From the moment when readiness fails to the closing of the server; balancers need a moment. */
const DRAIN_DELAY_MS = 1_000;

/**
 * Starts the reverse proxy of `taskmon guard`.
 * @param file where services are declared, which is followed
 * @param say writes a line for the operator
 * @throws the error of a port, a file or a declaration; nothing keeps running then
 */
export async function startGuard(
  plan: GuardPlan,
  file: string,
  say: (line: string) => void,
): Promise<GuardProgram> {
  const taskmon = createTaskmon({
    target: { serviceName: "taskmon-guard", jobName: "guard", region: "local" },
    allocator: memoryAllocator(),
  });
  const undo: (() => unknown)[] = [() => taskmon.shutdown()];
  const leave = async (): Promise<void> => {
    for (const step of undo.splice(0).toReversed()) await step();
  };
  try {
    const reader = taskmon.attach(prometheusReader());
    const watch = await watchMonitors(taskmon.monitors, file, {
      onApplied: ({ added, replaced, removed }) =>
        say(
          `services: ${added.length} added, ${replaced.length} changed, ${removed.length} removed`,
        ),
      onRefused: (error) => say(`${file} was refused, and the services stay: ${messageOf(error)}`),
    });
    undo.push(() => watch.close());
    const routes = await Routes.read(taskmon.monitors, plan.routes);
    undo.push(() => routes.close());

    const server = await proxyServer(plan, (stop) => undo.push(stop), say);
    routes.serve(server);
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const drain = drainable(taskmon.health, server, {
      ...{ delayMs: DRAIN_DELAY_MS, closeTimeoutMs: plan.drainMs },
      signals: ["SIGTERM", "SIGINT"],
      onClosed: async () => {
        await leave();
        resolve();
      },
    });
    undo.push(() => drain[Symbol.dispose]());

    const health = healthHandler(taskmon.health);
    const admin = process.getBuiltinModule("node:http").createServer((request, response) => {
      if (splitUrl(request.url ?? "").path === "/metrics") reader.handler(request, response);
      else health(request, response);
    });
    undo.push(() => {
      admin.close();
      admin.closeAllConnections();
    });
    const adminPort = await listen(admin, plan.adminHost, plan.adminPort);
    undo.push(() => void server.close());
    const port = await listen(server, plan.host, plan.port);
    return { port, adminPort, ended, end: () => drain.start() };
  } catch (error) {
    await leave();
    throw error;
  }
}

async function proxyServer(
  { tls }: GuardPlan,
  onUndo: (stop: () => void) => void,
  say: (line: string) => void,
): Promise<Server> {
  if (tls === undefined) return process.getBuiltinModule("node:http").createServer();
  const read = await readTls(tls);
  const server = process
    .getBuiltinModule("node:https")
    .createServer({ ...read, minVersion: "TLSv1.2" });
  onUndo(
    followTls(server, tls, read, systemClock(), (error) =>
      say(
        error === undefined
          ? `${tls.certFile} is new and in use`
          : `${tls.certFile} is wrong, and the old one stays: ${messageOf(error)}`,
      ),
    ),
  );
  return server;
}

async function listen(server: Server, host: string | undefined, port: number): Promise<number> {
  server.listen({ port, ...(host !== undefined && { host }) });
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}
