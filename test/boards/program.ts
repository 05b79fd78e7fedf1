import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { PrometheusExporter } from "@opentelemetry/exporter-prometheus";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { createTaskmon, memoryAllocator, type Taskmon } from "../../src/index.ts";
import { httpProbe } from "../../src/probe/index.ts";
import { prometheusReader } from "../../src/prometheus/index.ts";
import { componentVersions } from "../../src/runtime/index.ts";
import { makeCertificates } from "../setup/certificates.ts";

/** A program that has every metric that a dashboard shows, under the names of both readers. */
export interface Program extends AsyncDisposable {
  readonly taskmon: Taskmon;
  /** `host:port` of what answers with `prometheusReader`'s names. */
  readonly taskmonTarget: string;
  /** And with those of OpenTelemetry's exporter. */
  readonly exporterTarget: string;
  /** Lets every metric move on. */
  work(): Promise<void>;
}

/** Starts it in this process. */
export async function startProgram(): Promise<Program> {
  const { good, ca } = makeCertificates();
  const taskmon = createTaskmon({
    target: { serviceName: "shop" },
    allocator: memoryAllocator(),
    runtime: true,
    lease: { heartbeatMs: 1_000 },
    health: { intervalMs: 1_000 },
  });
  const reader = prometheusReader();
  const exporter = new PrometheusExporter({ preventServerStart: true });
  const provider = new MeterProvider({ readers: [reader, exporter] });
  taskmon.setMeterProvider(provider);
  componentVersions(taskmon.metrics, { shop: "1.0.0" });

  const servers: Server[] = [];
  const listen = async (server: Server): Promise<string> => {
    servers.push(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const serve = (answer: RequestListener): Promise<string> => listen(createServer(answer));
  const taskmonTarget = await serve(reader.handler);
  const exporterTarget = await serve((request, response) =>
    exporter.getMetricsRequestHandler(request, response),
  );
  const shop = await serve((request, response) => {
    request.resume();
    response.statusCode = request.url === "/broken" ? 500 : 200;
    response.end("hello");
  });
  const site = await listen(
    createTlsServer({ cert: good.cert, key: good.key }, (_, response) => response.end("hello")),
  );

  let calls = 0;
  taskmon.health.register("db", () => {
    calls += 1;
    if (calls % 3 === 0) throw new Error("no connection");
  });
  taskmon.probes.add({
    ...{ name: "web", intervalMs: 1_000, timeoutMs: 900, spread: false },
    probe: httpProbe({ tls: { ca: ca.cert } }),
    targets: [{ name: "site", url: `https://${site}/` }],
  });
  const monitored = taskmon.monitors.add("shop", { url: `http://${shop}`, graceMs: 0 });
  return {
    ...{ taskmon, taskmonTarget, exporterTarget },
    async work() {
      for (const path of ["/orders", "/orders", "/broken"]) {
        await (await fetch(`http://${shop}${path}`, { method: "POST", body: "x" })).text();
      }
      await monitored.reprobe();
      await taskmon.health.run("db").catch(() => undefined);
      // Something for the garbage collector to do.
      Array.from({ length: 200_000 }, (_, at) => ({ at }));
    },
    async [Symbol.asyncDispose]() {
      await taskmon.shutdown();
      await provider.shutdown();
      for (const server of servers) {
        server.close();
        if ("closeAllConnections" in server) (server.closeAllConnections as () => void)();
      }
    },
  };
}
