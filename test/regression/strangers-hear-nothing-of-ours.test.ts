import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { PrometheusExporter } from "@opentelemetry/exporter-prometheus";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { Tinypool } from "tinypool";
import { expect, inject, it, onTestFinished } from "vitest";
import { clusterScrape, shareLease } from "../../src/cluster/index.ts";
import { lender } from "../cluster/harness.ts";
import { forget, remember } from "../setup/leftovers.ts";

const fixtures = join(import.meta.dirname, "../cluster/fixtures");
const execArgv = ["--conditions=@taskmon/source", "--no-warnings"];

function openScrape() {
  const exporter = new PrometheusExporter({ preventServerStart: true });
  const provider = new MeterProvider({ readers: [exporter] });
  const scrape = clusterScrape(exporter);
  onTestFinished(() => provider.shutdown());
  return { exporter, scrape };
}

it.each(["process, json", "process, advanced", "thread"] as const)(
  "gives the program what its own worker says first, and nothing of ours: a %s",
  async (kind) => {
    const { scrape } = openScrape();
    const lease = shareLease(
      lender({ target: { serviceName: "quiet", jobName: "quiet", hostName: "host-a" } }),
    );
    onTestFinished(() => lease.stop());
    const env = { ...process.env, HOST: "never" };
    const file = join(fixtures, "quiet.ts");
    const serialization = kind === "process, advanced" ? "advanced" : "json";
    const worker: ChildProcess | Worker =
      kind === "thread"
        ? new Worker(file, { env, execArgv })
        : fork(file, { env, execArgv, serialization, detached: true });
    if (!(worker instanceof Worker)) {
      const { folder } = inject("testRun");
      remember(folder, worker.pid!);
      worker.once("exit", () => forget(folder, worker.pid!));
      onTestFinished(() => void worker.kill("SIGKILL"));
      scrape.add(worker);
      lease.add(worker);
    }
    const heard: unknown[] = [];
    worker.on("message", (message: unknown) => void heard.push(message));
    // It leaves once it has a number and its metrics are shared.
    await once(worker, "exit");
    expect(heard).toEqual([{ ready: true }]);
  },
);

it.each([true, false])(
  "lets the tasks of a pool of threads end, whose threads wait by Atomics: %s",
  async (useAtomics) => {
    const { exporter } = openScrape();
    const pool = new Tinypool({
      filename: join(fixtures, "pool-task.ts"),
      ...{ execArgv, useAtomics, minThreads: 1, maxThreads: 1 },
    });
    onTestFinished(() => pool.destroy());
    expect(await Promise.all([1, 2, 3].map((number) => pool.run(number)))).toEqual([2, 4, 6]);
    // A thread that waits by Atomics answers nobody while it has nothing to do.
    if (useAtomics) return;
    const { resourceMetrics } = await exporter.collect();
    const counted = resourceMetrics.scopeMetrics.flatMap(({ metrics }) =>
      metrics.filter(({ descriptor }) => descriptor.name === "pool.tasks"),
    );
    expect(counted.map(({ dataPoints }) => dataPoints[0]?.value)).toEqual([3]);
  },
);
