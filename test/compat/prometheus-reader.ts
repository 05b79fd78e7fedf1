// Runs in a consumer project: scrapes a prometheusReader() that is in `metricReaders` of that project's
// NodeSDK, and prints, as JSON, what it answers in each syntax.
import { metrics } from "@opentelemetry/api";
import { AggregationType } from "@opentelemetry/sdk-metrics";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { createTaskmon, memoryAllocator } from "taskmon";
import { defineCounter, defineExponentialHistogram, defineHistogram } from "taskmon/metrics";
import { prometheusReader, startScrapeEndpoint } from "taskmon/prometheus";

const service = { id: "0xe49214fa20b35ba8", name: "shop" } as const;
const help = "A thing of the shop.";
const orders = defineCounter({ service, id: "0x1", name: "shop.orders", help, unit: "{order}" });
const wait = defineHistogram({
  ...{ service, id: "0x2", name: "shop.wait", help, unit: "s" },
  buckets: [0.5, 1],
});
const size = defineExponentialHistogram({
  ...{ service, id: "0x3", name: "shop.size", help, unit: "By" },
});

const ACCEPTS = {
  text: "text/plain;version=0.0.4",
  openmetrics: "application/openmetrics-text;version=1.0.0",
  protobuf:
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
};

async function main(): Promise<void> {
  const taskmon = createTaskmon({
    target: { serviceName: "compat", hostName: "h" },
    allocator: memoryAllocator(),
    http: false,
  });
  const reader = prometheusReader();
  const sdk = new NodeSDK({
    instrumentations: [taskmon],
    metricReaders: [reader],
    views: [
      {
        instrumentName: "foreign.size",
        aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM },
      },
    ],
  });
  sdk.start();
  await taskmon.task.settled();
  taskmon.metrics.counter(orders).add(3);
  for (const value of [0.25, 0.75, 7]) taskmon.metrics.histogram(wait).record(value);
  taskmon.metrics.exponentialHistogram(size).record(3);
  const meter = metrics.getMeter("foreign", "1");
  meter.createCounter("foreign.jobs", { unit: "{job}" }).add(2, { kind: "a" });
  meter.createUpDownCounter("foreign.open").add(-2);
  meter
    .createHistogram("foreign.time", { unit: "ms", advice: { explicitBucketBoundaries: [1, 5] } })
    .record(3);
  meter.createHistogram("foreign.size", { unit: "By" }).record(3);
  meter
    .createObservableGauge("foreign.load", { unit: "1" })
    .addCallback((result) => result.observe(0.5));
  const endpoint = await startScrapeEndpoint({ exporter: reader, port: 0 });
  if (!endpoint.state.listening) throw new Error("It does not listen");
  const answers: Record<string, { readonly type: string | null; readonly body: string }> = {};
  for (const [name, accept] of Object.entries(ACCEPTS)) {
    const response = await fetch(endpoint.state.url, { headers: { accept } });
    const body = Buffer.from(await response.arrayBuffer()).toString("base64");
    answers[name] = { type: response.headers.get("content-type"), body };
  }
  await endpoint.stop();
  await sdk.shutdown();
  await taskmon.shutdown();
  console.log(JSON.stringify(answers));
}

void main();
