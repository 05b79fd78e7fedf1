// `npm run demo:prometheus`: two processes of the shop, Debian's Prometheus with the rules of `taskmon rules`,
// and Grafana with the dashboards of `taskmon dashboard` where it is installed. Ctrl-C ends all of it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startShop } from "../demo/shop-process.ts";
import { sendTraffic } from "../demo/traffic.ts";
import { startGrafana } from "./grafana.ts";
import { commandPath } from "./programs.ts";
import { startPrometheus } from "./prometheus.ts";

const prometheus = commandPath("prometheus");
if (prometheus === undefined) {
  console.error("demo: there is no prometheus here; on Debian: apt-get install prometheus");
  process.exit(1);
}

const leaving = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => leaving.abort());
}
const folder = mkdtempSync(join(tmpdir(), "taskmon-demo-prometheus-"));
const ends: (() => Promise<unknown>)[] = [];
try {
  const env = { OTEL_SERVICE_NAME: "shop", TASK_FILE: join(folder, "tasks.sqlite") };
  const shops = [startShop(env), startShop(env)];
  for (const shop of shops) {
    ends.push(async () => {
      shop.signal("SIGTERM");
      await shop.ended;
    });
  }
  const addresses = await Promise.all(shops.map(({ serving }) => serving));
  for (const { url, metricsUrl } of addresses) {
    const traffic = sendTraffic(url);
    ends.unshift(() => traffic.stop());
    console.log(`The shop serves ${url}, its metrics are at ${metricsUrl}`);
  }
  const targets = addresses.map(({ metricsUrl }) => new URL(metricsUrl).host);
  const server = await startPrometheus(prometheus, folder, targets);
  ends.unshift(server.stop);
  console.log(`Prometheus: ${server.url}/graph?g0.expr=taskmon_task_number&g0.tab=1`);
  console.log(`Alerts:     ${server.url}/alerts`);
  const grafana = await startGrafana(folder, server.url);
  if (grafana !== undefined) ends.unshift(grafana.stop);
  console.log(`Grafana:    ${grafana?.url ?? "is not installed here"}`);
  console.log("Ctrl-C ends everything.");
  if (!leaving.signal.aborted) {
    await new Promise((done) => leaving.signal.addEventListener("abort", done, { once: true }));
  }
} catch (error) {
  console.error(`demo: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  for (const end of ends) await end();
  rmSync(folder, { recursive: true, force: true });
}
