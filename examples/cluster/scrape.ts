// A cluster of workers that serve one port, and one scrape of the primary that answers for all of them.
import cluster from "node:cluster";
import { once } from "node:events";
import { createServer } from "node:http";
import { PrometheusExporter } from "@opentelemetry/exporter-prometheus";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { createTaskmon } from "taskmon";
import { clusterScrape, shareScrape } from "taskmon/cluster";

const taskmon = createTaskmon({ target: { serviceName: "shop" } });
const exporter = taskmon.attach(
  new PrometheusExporter({
    host: "127.0.0.1",
    port: Number(process.env["METRICS_PORT"] ?? 9464),
    preventServerStart: cluster.isWorker,
  }),
);
const sdk = new NodeSDK({
  resourceDetectors: [taskmon.resourceDetector],
  instrumentations: [taskmon],
  metricReaders: [exporter],
});

if (cluster.isPrimary) {
  clusterScrape(exporter, { by: "aggregate", registry: taskmon.metrics });
  sdk.start();
  startWorkers(Number(process.env["WORKERS"] ?? 4));
} else {
  shareScrape(exporter);
  sdk.start();
  serve(Number(process.env["PORT"] ?? 8080));
}

function startWorkers(count: number): void {
  let ending = false;
  for (let index = 0; index < count; index++) cluster.fork();
  cluster.on("exit", () => {
    if (!ending) cluster.fork();
  });
  onSigterm(async () => {
    ending = true;
    const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
    const ended = workers.map((worker) => once(worker, "exit"));
    for (const worker of workers) worker.process.kill("SIGTERM");
    await Promise.all(ended);
    await sdk.shutdown();
  });
}

function serve(port: number): void {
  const server = createServer((_request, response) => {
    response.end(`Hello from process ${process.pid}\n`);
  });
  server.listen(port, "127.0.0.1");
  onSigterm(async () => {
    server.close();
    server.closeIdleConnections();
    await once(server, "close");
    // Reports a last time to the primary, while the channel is open.
    await sdk.shutdown();
  });
}

function onSigterm(end: () => Promise<void>): void {
  process.once("SIGTERM", () => void end().then(() => process.exit(0)));
}
