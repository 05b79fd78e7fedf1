import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { expect, it } from "vitest";
import { createTaskmon } from "../../src/index.ts";
import { memoryAllocator } from "../../src/task/allocators/memory.ts";
import { defineGauge } from "../../src/metrics/spec.ts";
import { TestReader } from "../metrics/collect.ts";

const depth = defineGauge({ service: "0xa", id: "0x1", name: "depth", help: "For this test." });

// It ran twice, so that one that drains what it reads exported nothing.
it.each(["auto", "instruments"] as const)(
  "a gauge's callback runs once for each reader's collection (%s)",
  async (delivery) => {
    const taskmon = createTaskmon({
      target: { serviceName: `gauge-callbacks-${delivery}`, hostName: "h" },
      allocator: memoryAllocator(),
      http: false,
      delivery,
    });
    const readers = [new TestReader(), new TestReader()];
    const provider = new MeterProvider({ readers });
    taskmon.setMeterProvider(provider);
    let waiting = 5;
    let runs = 0;
    taskmon.metrics.gauge(depth).observe(() => {
      runs++;
      const drained = waiting;
      waiting = 0;
      return drained;
    });
    await taskmon.task.settled();
    expect(await readers[0]!.points("depth")).toEqual([{ attributes: {}, value: 5 }]);
    expect(runs).toBe(1);
    waiting = 3;
    expect(await readers[1]!.points("depth")).toEqual([{ attributes: {}, value: 3 }]);
    expect(runs).toBe(2);
    await provider.shutdown();
    await taskmon.shutdown();
  },
);
