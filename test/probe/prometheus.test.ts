import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { PrometheusExporter } from "@opentelemetry/exporter-prometheus";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { expect, it, onTestFinished } from "vitest";
import { createProbes, metricProducer, type Probe } from "../../src/probe/index.ts";
import { startPrometheus } from "../setup/prometheus.ts";

/** Whether something accepts connections. */
const accepts: Probe = {
  type: "accepts",
  async run({ host, port }, { signal }) {
    const socket = connect({ host: host!, port: port! });
    socket.on("error", () => undefined);
    try {
      await once(socket, "connect", { signal });
      return { success: true };
    } finally {
      socket.resetAndDestroy();
    }
  },
};

async function listen(port: number): Promise<Server> {
  const server = createServer((socket) => void socket.on("error", () => undefined));
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return server;
}

it("lets a real Prometheus tell ratio and quantile over a target's restart, and see a target go", async () => {
  const first = await listen(0);
  const { port } = first.address() as AddressInfo;
  let targets = [
    { name: "steady", host: "127.0.0.1", port },
    { name: "leaves", host: "127.0.0.1", port },
  ];
  const probes = createProbes({ keepMs: 60_000 });
  onTestFinished(() => probes.stop());
  probes.add({
    ...{ name: "p", probe: accepts, targets: () => targets, targetsRefreshMs: 60_000 },
    ...{ intervalMs: 60_000, timeoutMs: 5_000 },
  });
  await probes.refreshTargets("p");

  const exporter = new PrometheusExporter({
    preventServerStart: true,
    metricProducers: [metricProducer(probes.registry)],
  });
  const provider = new MeterProvider({ readers: [exporter] });
  const endpoint = createHttpServer((request, response) =>
    exporter.getMetricsRequestHandler(request, response),
  ).listen(0, "127.0.0.1");
  await once(endpoint, "listening");
  onTestFinished(async () => {
    endpoint.closeAllConnections();
    endpoint.close();
    await provider.shutdown();
  });
  const prometheus = await startPrometheus({
    config: {
      global: { scrape_interval: "200ms", scrape_timeout: "200ms" },
      scrape_configs: [
        {
          job_name: "probes",
          static_configs: [{ targets: [`127.0.0.1:${(endpoint.address() as AddressInfo).port}`] }],
        },
      ],
    },
  });
  onTestFinished(() => prometheus.stop());
  const value = async (expression: string): Promise<number | undefined> =>
    (await prometheus.query(expression))[0]?.value;
  const runs = (outcome: string) =>
    `health_probe_runs_total{health_probe_target="steady",health_probe_outcome="${outcome}"}`;

  await probes.run("p", "leaves");
  for (let run = 0; run < 6; run++) await probes.run("p", "steady");
  await expect.poll(() => value(runs("pass")), { timeout: 20_000 }).toBe(6);

  // The target is away for two runs, and comes back.
  first.close();
  await once(first, "close");
  for (let run = 0; run < 2; run++) await probes.run("p", "steady");
  const second = await listen(port);
  onTestFinished(() => void second.close());
  for (let run = 0; run < 2; run++) await probes.run("p", "steady");
  await expect.poll(() => value(runs("pass")), { timeout: 20_000 }).toBe(8);

  const all = 'sum(health_probe_runs_total{health_probe_target="steady"})';
  expect(await value(`sum(${runs("pass")}) / ${all}`)).toBe(0.8);
  const refused = runs("fail").replace("}", ',error_type="connection_refused"}');
  expect(await value(refused)).toBe(2);
  const bucket = 'health_probe_duration_bucket{health_probe_target="steady"}';
  const quantile = await value(`histogram_quantile(0.5, sum by (le) (${bucket}))`);
  expect(quantile).toBeGreaterThan(0);
  expect(quantile).toBeLessThan(5);

  // What leaves the list leaves the scrapes: its series gets stale, and is not repeated for ever.
  const leaves = 'health_probe_runs_total{health_probe_target="leaves"}';
  expect(await value(leaves)).toBe(1);
  targets = targets.slice(0, 1);
  await probes.refreshTargets("p");
  await expect.poll(() => value(leaves), { timeout: 20_000 }).toBeUndefined();
  expect(await value(runs("pass"))).toBe(8);
}, 90_000);
