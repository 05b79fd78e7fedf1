// Runs in a consumer project: prints, as JSON, what a Prometheus exporter of that project's SDK exposes of
// the same records, by both deliveries, in both namings, and beside a catch-all view of the user's.
import { PrometheusExporter, PrometheusSerializer } from "@opentelemetry/exporter-prometheus";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { createTaskmon, memoryAllocator } from "taskmon";
import {
  defineCounter,
  defineDistribution,
  defineGauge,
  defineHistogram,
  defineState,
  defineUpDownCounter,
  hexNaming,
  type MetricRegistry,
} from "taskmon/metrics";

const service = { id: "0xe49214fa20b35ba8", name: "shop" } as const;
const help = "A thing of the shop.";
const orders = defineCounter({ service, id: "0x1", name: "orders", help, labels: ["currency"] });
const stock = defineUpDownCounter({ service, id: "0x2", name: "stock", help });
const level = defineGauge({ service, id: "0x3", name: "level", help, unit: "m" });
const wait = defineHistogram({
  service,
  id: "0x4",
  name: "wait",
  help,
  unit: "s",
  buckets: [0.5, 1],
});
const state = defineState({ service, id: "0x5", name: "state", help });
const ages = defineDistribution({ service, id: "0x6", name: "ages", help, buckets: [10] });

interface Way {
  readonly delivery: "auto" | "instruments";
  readonly isHex: boolean;
  readonly hasCatchAll: boolean;
}

async function exposition({ delivery, isHex, hasCatchAll }: Way): Promise<string> {
  const taskmon = createTaskmon({
    target: { serviceName: "compat", hostName: "h" },
    allocator: memoryAllocator(),
    identity: { domain: "0xd0", app: "0xa0", release: "0xe0" },
    http: false,
    delivery,
    ...(isHex && { naming: hexNaming("op"), constantLabels: { instance: "task" } as const }),
  });
  record(taskmon.metrics);
  const exporter = taskmon.attach(new PrometheusExporter({ preventServerStart: true }));
  const provider = new MeterProvider({
    readers: [exporter],
    views: [...taskmon.views, ...(hasCatchAll ? [{ instrumentName: "*" }] : [])],
  });
  taskmon.setMeterProvider(provider);
  await taskmon.task.settled();
  // Registered after the SDK was built.
  taskmon.metrics.distribution(ages).set([5, 50]);
  taskmon.metrics.counter(orders).add(1, { currency: "USD" });
  taskmon.metrics.counter(orders).add(9, { currency: "GBP" });
  taskmon.metrics.counter(orders).remove({ currency: "GBP" });
  // What a removed series held is told once more, and then no longer.
  await exporter.collect();
  const { resourceMetrics } = await exporter.collect();
  await provider.shutdown();
  await taskmon.shutdown();
  return ofTheShop(new PrometheusSerializer().serialize(resourceMetrics));
}

function record(metrics: MetricRegistry): void {
  metrics.counter(orders).add(3, { currency: "EUR" });
  metrics.upDownCounter(stock).add(-2);
  metrics.gauge(level).set(1.5);
  metrics.histogram(wait).record(0.5);
  metrics.histogram(wait).record(7);
  metrics.state(state).set("open");
  metrics.state(state).set("closed");
}

/** The families of the shop's service, in the order of their names. */
function ofTheShop(text: string): string {
  const families = text.trim().split(/\n(?=# HELP)/);
  return families
    .map((family) => family.trim())
    .filter((family) => family.includes('otel_scope_name="shop"'))
    .toSorted()
    .join("\n");
}

async function main(): Promise<void> {
  const texts: Record<string, string> = {};
  for (const delivery of ["instruments", "auto"] as const) {
    for (const isHex of [false, true]) {
      for (const hasCatchAll of [false, true]) {
        const name = `${isHex ? "hex" : "plain"} ${delivery}${hasCatchAll ? " beside a catch-all" : ""}`;
        texts[name] = await exposition({ delivery, isHex, hasCatchAll });
      }
    }
  }
  console.log(JSON.stringify(texts));
}

void main();
