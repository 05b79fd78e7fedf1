import { createAllowListAttributesProcessor, MeterProvider } from "@opentelemetry/sdk-metrics";
import { expect, it } from "vitest";
import { createTaskmon, memoryAllocator, type ViewInput } from "../../src/index.ts";
import { defineCounter } from "../../src/metrics/index.ts";
import { prometheusReader } from "../../src/prometheus/index.ts";

const orders = defineCounter({
  service: "shop",
  name: "shop.orders",
  help: "Orders.",
  labels: ["currency", "channel"],
});

function taskmonWith(views: readonly ViewInput[]) {
  return createTaskmon({
    target: { serviceName: "shop", jobName: `job-${process.hrtime.bigint()}` },
    allocator: memoryAllocator(),
    http: false,
    views,
  });
}

it("obeys views that are handed over, whatever the provider's say", async () => {
  const taskmon = taskmonWith([
    {
      instrumentName: "shop.*",
      attributesProcessors: [createAllowListAttributesProcessor(["channel"])],
    },
  ]);
  const reader = prometheusReader({ scopeInfo: false });
  taskmon.setMeterProvider(
    new MeterProvider({
      readers: [reader],
      views: [{ instrumentName: "shop.orders", aggregation: { type: 1 } }],
    }),
  );
  const counter = taskmon.metrics.counter(orders);
  counter.add(100, { currency: "EUR", channel: "web" });
  counter.add(23, { currency: "USD", channel: "web" });
  const lines = (await reader.text()).split("\n").filter((line) => line.startsWith("shop_orders"));
  expect(lines).toEqual(['shop_orders_total{channel="web"} 123']);
  await taskmon.shutdown();
});

it.each<[string, unknown, string]>([
  ["no list", {}, "views must be a list of views"],
  ["no view", [7], "views[0] must be a view"],
  ["no selector", [{ name: "a" }], "views[0] must be a view with one of instrumentName"],
  [
    "a selector that is no text",
    [{ instrumentName: /a/ }],
    "views[0].instrumentName must be a text",
  ],
  ["one name for many", [{ instrumentName: "a.*", name: "b" }], "views[0].name must be left out"],
  [
    "a processor that processes nothing",
    [{ meterName: "a", attributesProcessors: [{}] }],
    "views[0].attributesProcessors must be a list of processors",
  ],
])("refuses %s", (_, views, message) => {
  expect(() => taskmonWith(views as ViewInput[])).toThrow(message);
  expect(() => taskmonWith(views as ViewInput[])).toThrow(
    expect.objectContaining({ code: "ERR_TASKMON_INVALID_OPTION" }),
  );
});
