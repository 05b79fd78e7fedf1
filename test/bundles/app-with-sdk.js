// A service with the OpenTelemetry SDK, before a bundler gets it.
import { createServer } from "node:http";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { createTaskmon, shutdownOnSignals } from "taskmon";
import { defineCounter } from "taskmon/metrics";
import { prometheusReader } from "taskmon/prometheus";

const taskmon = createTaskmon({ target: { serviceName: "bundled", jobName: process.env.JOB } });
const orders = taskmon.metrics.counter(
  defineCounter({ service: "shop", name: "shop.orders", help: "Orders." }),
);
const reader = prometheusReader();
const sdk = new NodeSDK({ instrumentations: [taskmon], metricReaders: [reader] });
sdk.start();
createServer((request, response) => reader.handler(request, response)).listen(
  Number(process.env.SCRAPE_PORT),
  "127.0.0.1",
);
createServer((_request, response) => {
  orders.add(1);
  response.end("hello");
}).listen(Number(process.env.PORT), "127.0.0.1");
shutdownOnSignals(taskmon, sdk);
