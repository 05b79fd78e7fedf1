import { Agent, createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { ProxyKind } from "./proxy-process.ts";

// One proxy in a process of its own: `proxy.ts KIND UPSTREAM_PORT`.

const [kind, upstreamPort] = process.argv.slice(2) as [ProxyKind, string];
const target = `http://127.0.0.1:${upstreamPort}`;
const server = await start();

process.on("message", (question) => {
  if (question === "port") process.send!((server.address() as AddressInfo).port);
  else {
    const { user, system } = process.cpuUsage();
    process.send!(user + system);
  }
});
process.on("disconnect", () => process.exit());

async function start(): Promise<Server> {
  if (kind === "@fastify/http-proxy") {
    const { default: fastify } = await import("fastify");
    const { default: proxy } = await import("@fastify/http-proxy");
    const app = fastify();
    await app.register(proxy, { upstream: target });
    await app.listen({ port: 0, host: "127.0.0.1" });
    return app.server;
  }
  const listening = createServer(await listener()).listen(0, "127.0.0.1");
  await new Promise((resolve) => listening.once("listening", resolve));
  return listening;
}

async function listener(): Promise<RequestListener> {
  if (kind === "http-proxy-3") {
    const { createProxyServer } = await import("http-proxy-3");
    const proxy = createProxyServer({ target, agent: new Agent({ keepAlive: true }) });
    return (request, response) => proxy.web(request, response);
  }
  if (kind === "httpxy") {
    const { createProxyServer } = await import("httpxy");
    const proxy = createProxyServer({ target, agent: new Agent({ keepAlive: true }) });
    return (request, response) => void proxy.web(request, response);
  }
  const { createMonitoredService, createGuard } = await import("taskmon/monitor");
  if (kind === "taskmon, asleep") {
    const { httpProbe } = await import("taskmon/probe");
    const asleep = createMonitoredService({ name: "bench", url: target, probe: httpProbe() });
    return createGuard(asleep).handler;
  }
  const service = createMonitoredService({ name: "bench", url: target, graceMs: 3_600_000 });
  service.setUp();
  if (kind === "taskmon") return createGuard(service).handler;
  const { Agent: Dispatcher } = await import("undici");
  return createGuard(service, { dispatcher: new Dispatcher() }).handler;
}
