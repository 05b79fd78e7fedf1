import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { expect, it, onTestFinished } from "vitest";
import { createTaskmon, memoryAllocator } from "../../src/index.ts";
import { defineCounter } from "../../src/metrics/spec.ts";
import { prometheusReader } from "../../src/prometheus/index.ts";
import { TestReader } from "./collect.ts";

const placed = defineCounter({ service: "shop", name: "placed", help: "A.", labels: ["channel"] });

it("reach every reader on every series of ours, under either delivery", async () => {
  for (const delivery of ["auto", "instruments"] as const) {
    const taskmon = createTaskmon({
      ...{ target: { serviceName: delivery }, allocator: memoryAllocator(), http: false, delivery },
      commonLabels: { team: "shop" },
    });
    onTestFinished(() => taskmon.shutdown());
    const reader = new TestReader();
    const prometheus = prometheusReader();
    taskmon.metrics.counter(placed).add(1, { channel: "web" });
    taskmon.setMeterProvider(new MeterProvider({ readers: [reader], views: taskmon.views }));
    taskmon.attach(prometheus);
    expect(await reader.points("placed")).toEqual([
      { attributes: { channel: "web", team: "shop" }, value: 1 },
    ]);
    if (delivery === "auto") {
      const text = await prometheus.text();
      expect(text).toMatch(/^placed_total\{channel="web",team="shop",.*\} 1$/m);
      expect(text).toMatch(/^taskmon_up\{team="shop",.*\} 1$/m);
    }
  }
});

it("refuse a metric that declares one of them", () => {
  const taskmon = createTaskmon({
    ...{ target: { serviceName: "clash" }, allocator: memoryAllocator(), http: false },
    commonLabels: { channel: "all" },
  });
  onTestFinished(() => taskmon.shutdown());
  expect(() => taskmon.metrics.counter(placed)).toThrow(
    "has the label channel, which is one of the labels of every series (channel)",
  );
});
