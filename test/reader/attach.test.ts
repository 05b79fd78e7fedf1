import { MeterProvider } from "@opentelemetry/sdk-metrics";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { PrometheusExporter } from "@opentelemetry/exporter-prometheus";
import { type DetectedResourceAttributes, resourceFromAttributes } from "@opentelemetry/resources";
import { expect, it, onTestFinished } from "vitest";
import { MetricRegistry } from "../../src/metrics/registry.ts";
import { defineCounter, defineGauge } from "../../src/metrics/spec.ts";
import { type AttachContext, attachReader } from "../../src/reader/attach.ts";
import { type ManualClock, manualClock } from "../../src/testing/manual-clock.ts";

const base = { service: "0xa", help: "Orders." } as const;
const orders = defineCounter({ ...base, id: "0x1", name: "orders" });
const level = defineGauge({ ...base, id: "0x2", name: "level" });

/** A lease that a test sets as it likes. */
class FakeLease {
  num: number | undefined;
  state: "unassigned" | "held" | "expired" | "released" = "unassigned";
  sureForMs = Infinity;
  answer: (() => void) | undefined;

  hold(num: number): void {
    this.num = num;
    this.state = "held";
  }

  isSure(marginMs: number): boolean {
    return this.state === "held" && marginMs < this.sureForMs;
  }

  streamAttributes(): Record<string, string | number> | undefined {
    return this.isSure(0)
      ? { "taskmon.task.number": this.num!, "service.instance.id": `stable-${this.num}` }
      : undefined;
  }

  get number(): number | undefined {
    return this.isSure(0) ? this.num : undefined;
  }

  epoch = 1;
  grantedAtMs = 0;
  unsureSinceMs: number | undefined;
  signal = new AbortController().signal;

  ownAttributes(): Record<string, string> {
    return { "service.instance.id": "own" };
  }

  volatileAttributes(): string[] {
    return ["service.instance.id", "process.pid"];
  }

  async settled(): Promise<void> {
    this.answer?.();
  }
}

interface Setup {
  readonly lease: FakeLease;
  readonly registry: MetricRegistry;
  readonly clock: ManualClock;
  readonly held: string[];
  readonly context: AttachContext;
  readonly ended: unknown[];
}

function setup(): Setup {
  const lease = new FakeLease();
  const registry = new MetricRegistry();
  const clock = manualClock();
  const held: string[] = [];
  const ended: unknown[] = [];
  const context: AttachContext = {
    owner: () => "the Taskmon of a",
    registry,
    instanceLabel: () => undefined,
    lease,
    clock,
    exportTimeoutMs: 100,
    unnumberedHoldMs: 90_000,
    onHeld: (reason) => held.push(reason),
    onShutdown: async (reader) => void ended.push(reader),
  };
  return { lease, registry, clock, held, ended, context };
}

function provider(
  registry: MetricRegistry,
  reader: unknown,
  attributes: DetectedResourceAttributes = { "service.name": "s", "process.pid": 1 },
): MeterProvider {
  const made = new MeterProvider({
    readers: [reader as PeriodicExportingMetricReader],
    resource: resourceFromAttributes(attributes),
  });
  onTestFinished(() => made.shutdown().catch(() => undefined));
  registry.setMeterProvider(made);
  return made;
}

function push(temporality = AggregationTemporality.CUMULATIVE): {
  reader: PeriodicExportingMetricReader;
  exporter: InMemoryMetricExporter;
} {
  const exporter = new InMemoryMetricExporter(temporality);
  return { exporter, reader: new PeriodicExportingMetricReader({ exporter }) };
}

it("returns the same reader", () => {
  const { reader } = push();
  expect(attachReader(reader, setup().context)).toBe(reader);
});

it("exports under the number's resource, without what changes at a restart", async () => {
  const { lease, registry, context } = setup();
  const { reader, exporter } = push();
  attachReader(reader, context);
  provider(registry, reader);
  registry.counter(orders).add(2);
  lease.hold(3);
  await reader.forceFlush();
  const [exported] = exporter.getMetrics();
  expect(exported?.resource.attributes).toEqual({
    "service.name": "s",
    "service.instance.id": "stable-3",
    "taskmon.task.number": 3,
  });
  expect(exported?.scopeMetrics[0]?.metrics[0]?.dataPoints[0]?.value).toBe(2);
});

it("holds a push reader while there is no number, and then exports all that was measured", async () => {
  const { lease, registry, held, context } = setup();
  const { reader, exporter } = push(AggregationTemporality.DELTA);
  attachReader(reader, context);
  provider(registry, reader);
  registry.counter(orders).add(2);
  await reader.forceFlush();
  registry.counter(orders).add(3);
  lease.state = "expired";
  await reader.forceFlush();
  expect(exporter.getMetrics()).toEqual([]);
  expect(held).toEqual(["no_number", "lease_ending"]);
  lease.hold(0);
  await reader.forceFlush();
  expect(exporter.getMetrics()[0]?.scopeMetrics[0]?.metrics[0]?.dataPoints[0]?.value).toBe(5);
});

it("holds an export that would end after the lease does", async () => {
  const { lease, registry, held, context } = setup();
  const { reader, exporter } = push();
  attachReader(reader, context);
  provider(registry, reader);
  registry.counter(orders).add(1);
  lease.hold(0);
  lease.sureForMs = 100;
  await reader.forceFlush();
  expect(exporter.getMetrics()).toEqual([]);
  expect(held).toEqual(["lease_ending"]);
});

it("holds what was collected when the lease is no longer sure afterwards", async () => {
  const { lease, registry, held, context } = setup();
  const { reader, exporter } = push();
  attachReader(reader, context);
  provider(registry, reader);
  registry.gauge(level).observe(() => {
    lease.sureForMs = 0; // as if the process had been stopped while it collected
    return 1;
  });
  lease.hold(0);
  await reader.forceFlush();
  expect(exporter.getMetrics()).toEqual([]);
  expect(held).toEqual(["lease_ending"]);
});

it("waits for the first heartbeat's answer, so that a short-lived process is exported", async () => {
  const { lease, registry, context } = setup();
  const { reader, exporter } = push();
  attachReader(reader, context);
  const sdk = provider(registry, reader);
  registry.counter(orders).add(1);
  lease.answer = (): void => lease.hold(5);
  await sdk.shutdown();
  expect(exporter.getMetrics()[0]?.resource.attributes).toMatchObject({ "taskmon.task.number": 5 });
});

it("always answers a pull reader, and leaves only the number out while there is none", async () => {
  const { lease, registry, held, context } = setup();
  const reader = attachReader(new PrometheusExporter({ preventServerStart: true }), context);
  provider(registry, reader);
  registry.counter(orders).add(2);
  const scrape = async (): Promise<{ attributes: unknown; value: unknown }> => {
    const { resourceMetrics } = await reader.collect();
    return {
      attributes: resourceMetrics.resource.attributes,
      value: resourceMetrics.scopeMetrics
        .flatMap(({ metrics }) => metrics)
        .find(({ descriptor }) => descriptor.name === "orders")?.dataPoints[0]?.value,
    };
  };
  expect(await scrape()).toEqual({ attributes: { "service.name": "s" }, value: 2 });
  lease.hold(1);
  expect(await scrape()).toEqual({
    attributes: {
      "service.name": "s",
      "service.instance.id": "stable-1",
      "taskmon.task.number": 1,
    },
    value: 2,
  });
  expect(held).toEqual([]);
});

it("takes a reader for what its owner says it is", async () => {
  const { context, registry, lease } = setup();
  const { reader, exporter } = push();
  attachReader(reader, context, { kind: "pull" });
  provider(registry, reader);
  registry.counter(orders).add(2);
  await reader.forceFlush();
  expect(lease.num).toBeUndefined();
  expect(exporter.getMetrics()).toHaveLength(1);
});

it("waits for asynchronous resource attributes", async () => {
  const { lease, registry, context } = setup();
  const { reader, exporter } = push();
  attachReader(reader, context);
  provider(registry, reader, { "host.id": Promise.resolve("h-1") });
  registry.counter(orders).add(1);
  lease.hold(0);
  await reader.forceFlush();
  expect(exporter.getMetrics()[0]?.resource.attributes).toMatchObject({ "host.id": "h-1" });
});

it("does not wait for ever for an attribute that never settles, and takes it when it does", async () => {
  const { lease, registry, context, clock } = setup();
  const { reader, exporter } = push();
  attachReader(reader, context);
  let settle = (_: string): void => undefined;
  const late = new Promise<string>((resolve) => {
    settle = resolve;
  });
  provider(registry, reader, { "service.name": "s", "host.id": late });
  registry.counter(orders).add(1);
  lease.hold(0);
  const flush = reader.forceFlush();
  await clock.advance(5_000);
  await flush;
  expect(exporter.getMetrics()[0]?.resource.attributes).toEqual({
    "service.name": "s",
    "service.instance.id": "stable-0",
    "taskmon.task.number": 0,
  });
  await reader.forceFlush();
  expect(exporter.getMetrics()).toHaveLength(2);
  settle("h-1");
  await clock.advance(0);
  await reader.forceFlush();
  expect(exporter.getMetrics()[2]?.resource.attributes).toMatchObject({ "host.id": "h-1" });
});

it("leaves out a gauge that has nothing to report any more", async () => {
  const { lease, registry, context } = setup();
  const { reader, exporter } = push();
  attachReader(reader, context);
  provider(registry, reader);
  let reading: number | undefined = 1;
  registry.gauge(level).observe(() => reading);
  registry.counter(orders).add(1);
  lease.hold(0);
  const names = async (): Promise<string[]> => {
    exporter.reset();
    await reader.forceFlush();
    return exporter
      .getMetrics()
      .flatMap(({ scopeMetrics }) => scopeMetrics)
      .flatMap(({ metrics }) => metrics.map(({ descriptor }) => descriptor.name))
      .filter((name) => !name.startsWith("taskmon."));
  };
  expect(await names()).toContain("level");
  reading = undefined;
  expect(await names()).toEqual(["orders"]);
  reading = 2;
  expect(await names()).toContain("level");
});

it("tells of the reader's end after its last export", async () => {
  const { lease, registry, context, ended } = setup();
  const { reader, exporter } = push();
  attachReader(reader, context);
  const sdk = provider(registry, reader);
  registry.counter(orders).add(1);
  lease.hold(0);
  await sdk.shutdown();
  expect(ended).toEqual([reader]);
  expect(exporter.getMetrics()).toHaveLength(1);
});

it("refuses a reader that is attached already, and names the first", () => {
  const { reader } = push();
  attachReader(reader, setup().context);
  expect(() => attachReader(reader, setup().context)).toThrow(
    expect.objectContaining({
      code: "ERR_TASKMON_READER_ATTACHED",
      message: expect.stringContaining("attached already, to the Taskmon of a") as string,
    }),
  );
});

it.each([
  ["nothing", undefined, undefined, "an object with a method collect()"],
  ["what is no reader", {}, undefined, "an object with a method collect()"],
  ["a push reader that is to hold", push().reader, { hold: true }, "lease.unnumberedHoldMs"],
  ["a kind that is none", push().reader, { kind: "both" }, "one of push, pull"],
  ["an option that nobody reads", push().reader, { held: true }, "one of kind"],
])("refuses %s", (_, reader, options, message) => {
  expect(() => attachReader(reader as never, setup().context, options as never)).toThrow(message);
});
