// A service as its author writes it, before a bundler gets it.
import { createServer } from "node:http";
import { createTaskmon, fileSettings, shutdownOnSignals } from "taskmon";
import { startScrapeEndpoint } from "taskmon/prometheus";
import { defineCounter } from "taskmon/metrics";

const taskmon = createTaskmon({
  target: { serviceName: "bundled", jobName: process.env.JOB },
  settings: process.env.SETTINGS ? fileSettings(process.env.SETTINGS) : undefined,
});
const orders = taskmon.metrics.counter(
  defineCounter({ service: "shop", name: "shop.orders", help: "Orders." }),
);
void startScrapeEndpoint({ taskmon, port: Number(process.env.SCRAPE_PORT) });
createServer((_request, response) => {
  orders.add(1);
  response.end("hello");
}).listen(Number(process.env.PORT), "127.0.0.1");
shutdownOnSignals(taskmon);
