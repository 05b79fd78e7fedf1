import { AggregationTemporality, type Histogram } from "@opentelemetry/sdk-metrics";
import { describe, expect, it, vi } from "vitest";
import { resolveIdentity } from "../../src/identity/identity.ts";
import { MetricRegistry } from "../../src/metrics/registry.ts";
import { defineCounter } from "../../src/metrics/spec.ts";
import { attachedProvider, msOf, ScriptedExporter, setup } from "./harness.ts";

describe("the first number", () => {
  it("takes along what was measured before it, with a start time not before the grant", async () => {
    const { clock, lease, context } = setup();
    const exporter = new ScriptedExporter();
    const { provider, reader } = attachedProvider(context, exporter);
    const counter = provider.getMeter("m").createCounter("c");
    counter.add(2);
    await clock.advance(1_000);
    lease.grant(0, 1);
    await clock.advance(1_000);
    counter.add(3);
    await reader.forceFlush();
    const [point] = exporter.last("c");
    expect(point).toMatchObject({ value: 5 });
    expect([msOf(point!.startTime), msOf(point!.endTime)]).toEqual([1_000, 2_000]);
  });

  it("keeps the start time of a series that is younger", async () => {
    const { clock, lease, context } = setup();
    const exporter = new ScriptedExporter();
    const { provider, reader } = attachedProvider(context, exporter);
    lease.grant(0, 1);
    await clock.advance(1_000);
    provider.getMeter("m").createCounter("c").add(1);
    await reader.forceFlush();
    expect(msOf(exporter.last("c")[0]!.startTime)).toBe(1_000);
  });
});

describe("a new number", () => {
  it("starts every cumulative stream at zero, and takes along what was measured while held", async () => {
    const { clock, lease, held, context } = setup();
    const exporter = new ScriptedExporter();
    const { provider, reader } = attachedProvider(context, exporter, {
      attach: { upDownCounters: "restart" },
    });
    const meter = provider.getMeter("m");
    const counter = meter.createCounter("sum");
    const upDown = meter.createUpDownCounter("updown");
    const explicit = meter.createHistogram("explicit", {
      advice: { explicitBucketBoundaries: [1, 10] },
    });
    const exponential = meter.createHistogram("exponential");
    let observed = 7;
    meter.createObservableCounter("observed").addCallback((result) => result.observe(observed));
    const measure = (amount: number): void => {
      counter.add(amount, { kind: "a" });
      upDown.add(-amount);
      explicit.record(amount);
      exponential.record(amount);
    };
    lease.grant(3, 1);
    measure(5);
    measure(0.5);
    await reader.forceFlush();
    expect(exporter.last("sum")).toMatchObject([{ value: 5.5 }]);

    measure(20);
    lease.lose();
    await reader.forceFlush();
    expect(held).toEqual(["no_number"]);
    await clock.advance(5_000);
    lease.grant(1, 2);
    await clock.advance(1_000);
    measure(30);
    observed = 9;
    await reader.forceFlush();

    expect(exporter.batches.at(-1)?.resource.attributes).toMatchObject({
      "taskmon.task.number": 1,
    });
    expect(exporter.last("sum")).toMatchObject([{ value: 50, attributes: { kind: "a" } }]);
    expect(exporter.last("updown")).toMatchObject([{ value: -50 }]);
    expect(exporter.last("observed")).toMatchObject([{ value: 2 }]);
    expect(exporter.last("explicit")[0]?.value).toEqual({
      buckets: { boundaries: [1, 10], counts: [0, 0, 2] },
      count: 2,
      sum: 50,
      min: undefined,
      max: undefined,
    });
    expect(exporter.last("exponential")[0]?.value).toMatchObject({
      count: 2,
      sum: 50,
      zeroCount: 0,
      min: undefined,
    });
    for (const name of ["sum", "updown", "observed", "explicit", "exponential"]) {
      expect(msOf(exporter.last(name)[0]!.startTime)).toBe(5_000);
    }
  });

  it("goes on with the same stream from export to export", async () => {
    const { clock, lease, context } = setup();
    const exporter = new ScriptedExporter();
    const { provider, reader } = attachedProvider(context, exporter);
    const counter = provider.getMeter("m").createCounter("c");
    lease.grant(0, 1);
    counter.add(1);
    await reader.forceFlush();
    lease.grant(0, 2);
    for (const expected of [2, 4, 6]) {
      await clock.advance(1_000);
      counter.add(2);
      await reader.forceFlush();
      expect(exporter.last("c")).toMatchObject([{ value: expected }]);
      expect(exporter.last("c")[0]!.startTime[1]).toBe(1_000);
    }
  });

  it("renewed after its deadline goes on with its streams", async () => {
    const { clock, lease, context } = setup();
    const exporter = new ScriptedExporter();
    const { provider, reader } = attachedProvider(context, exporter);
    const counter = provider.getMeter("m").createCounter("c");
    lease.grant(0, 1);
    counter.add(1);
    await reader.forceFlush();
    lease.expire();
    await clock.advance(60_000);
    counter.add(1);
    await reader.forceFlush();
    lease.renew();
    await reader.forceFlush();
    expect(exporter.batches).toHaveLength(2);
    expect(exporter.last("c")).toMatchObject([{ value: 2 }]);
    expect(msOf(exporter.last("c")[0]!.startTime)).toBe(0);
  });

  it("of a second change subtracts what both earlier ones exported, also where one exported nothing", async () => {
    const { lease, context } = setup();
    const exporter = new ScriptedExporter();
    const { provider, reader } = attachedProvider(context, exporter);
    const counter = provider.getMeter("m").createCounter("c");
    lease.grant(0, 1);
    counter.add(1);
    await reader.forceFlush();
    counter.add(10);
    lease.grant(0, 2);
    lease.grant(0, 3);
    await reader.forceFlush();
    expect(exporter.last("c")).toMatchObject([{ value: 10 }]);
    counter.add(100);
    lease.grant(0, 4);
    exporter.mode = "refused";
    await reader.forceFlush();
    lease.grant(0, 5);
    exporter.mode = "ok";
    await reader.forceFlush();
    expect(exporter.last("c")).toMatchObject([{ value: 100 }]);
  });

  it("lets a counter that began anew in the SDK count from there", async () => {
    const { clock, lease, context } = setup();
    const exporter = new ScriptedExporter();
    const { provider, reader } = attachedProvider(context, exporter);
    let observed = 100;
    provider
      .getMeter("m")
      .createObservableCounter("c")
      .addCallback((result) => result.observe(observed));
    lease.grant(0, 1);
    await reader.forceFlush();
    await clock.advance(1_000);
    lease.grant(0, 2);
    observed = 3;
    await clock.advance(1_000);
    await reader.forceFlush();
    expect(exporter.last("c")).toMatchObject([{ value: 3 }]);
    observed = 150;
    await clock.advance(1_000);
    await reader.forceFlush();
    expect(exporter.last("c")).toMatchObject([{ value: 150 }]);
    expect(msOf(exporter.last("c")[0]!.startTime)).toBe(2_000);
  });

  it.each([
    ["at their level", {}, 3],
    ["at zero where that was asked for", { upDownCounters: "restart" } as const, -2],
  ])("starts sums that grow and shrink again %s", async (_, attach, expected) => {
    const { lease, context } = setup();
    const exporter = new ScriptedExporter();
    const { provider, reader } = attachedProvider(context, exporter, { attach });
    const open = provider.getMeter("m").createUpDownCounter("open");
    const counter = provider.getMeter("m").createCounter("c");
    lease.grant(0, 1);
    open.add(5);
    counter.add(5);
    await reader.forceFlush();
    lease.grant(1, 2);
    open.add(-2);
    await reader.forceFlush();
    expect(exporter.last("open")).toMatchObject([{ value: expected }]);
    expect(exporter.last("c")).toMatchObject([{ value: 0 }]);
  });

  it("has streams that begin and end in order although the wall clock was set back", async () => {
    const { clock, lease, context } = setup();
    const exporter = new ScriptedExporter();
    const { provider, reader } = attachedProvider(context, exporter);
    const counter = provider.getMeter("m").createCounter("c");
    lease.grant(0, 1);
    await clock.advance(3_600_000);
    counter.add(1);
    await reader.forceFlush();
    vi.setSystemTime(clock.wallTime() - 3_000_000);
    lease.grantedAtMs = Date.now();
    lease.epoch = 2;
    counter.add(1);
    await reader.forceFlush();
    const [point] = exporter.last("c");
    expect(point).toMatchObject({ value: 1 });
    expect(msOf(point!.startTime)).toBe(3_600_000);
    expect(msOf(point!.endTime)).toBe(3_600_000);
  });
});

describe("what the receiver may have", () => {
  it.each([
    ["refused", 15, "is exported under the new number when the connection was refused"],
    ["answer_lost", 0, "is not exported again when the answer was lost"],
    ["request_lost", 0, "is not exported again when nobody knows"],
  ] as const)("after %s, of 15 counted %i: it %s", async (mode, expected, _title) => {
    const { lease, context } = setup();
    const exporter = new ScriptedExporter();
    const { provider, reader } = attachedProvider(context, exporter);
    const counter = provider.getMeter("m").createCounter("c");
    lease.grant(0, 1);
    counter.add(1);
    await reader.forceFlush();
    counter.add(15);
    exporter.mode = mode;
    await reader.forceFlush();
    exporter.mode = "ok";
    lease.grant(1, 2);
    await reader.forceFlush();
    expect(exporter.last("c")).toMatchObject([{ value: expected }]);
  });

  it("is told apart by batch where a reader splits what it collects", async () => {
    const { lease, context } = setup();
    const exporter = new ScriptedExporter();
    const { provider, reader } = attachedProvider(context, exporter, { maxExportBatchSize: 1 });
    const meter = provider.getMeter("m");
    const counters = ["a", "b"].map((name) => meter.createCounter(name));
    lease.grant(0, 1);
    for (const counter of counters) counter.add(1);
    // The second batch does not arrive.
    exporter.onExport = (): void => {
      exporter.mode = "refused";
    };
    await reader.forceFlush();
    exporter.onExport = undefined;
    exporter.mode = "ok";
    lease.grant(0, 2);
    for (const counter of counters) counter.add(10);
    await reader.forceFlush();
    const values = exporter.batches
      .slice(1)
      .flatMap(({ scopeMetrics }) =>
        scopeMetrics.flatMap(({ metrics }) =>
          metrics.map(({ descriptor, dataPoints }) => [descriptor.name, dataPoints[0]?.value]),
        ),
      );
    expect(values).toEqual([
      ["a", 10],
      ["b", 11],
    ]);
  });
});

describe("a delta reader", () => {
  it("loses nothing, and has no start time before the grant", async () => {
    const { clock, lease, context } = setup();
    const exporter = new ScriptedExporter(AggregationTemporality.DELTA);
    const { provider, reader } = attachedProvider(context, exporter);
    const counter = provider.getMeter("m").createCounter("c");
    lease.grant(0, 1);
    counter.add(1);
    await reader.forceFlush();
    lease.lose();
    await clock.advance(1_000);
    counter.add(2);
    await reader.forceFlush();
    await clock.advance(1_000);
    lease.grant(4, 2);
    await clock.advance(1_000);
    counter.add(3);
    await reader.forceFlush();
    expect(exporter.batches).toHaveLength(2);
    const [point] = exporter.last("c");
    expect(point).toMatchObject({ value: 5 });
    expect([msOf(point!.startTime), msOf(point!.endTime)]).toEqual([2_000, 3_000]);
  });

  it("carries over what was refused at the last check, of every kind", async () => {
    const { clock, lease, held, context } = setup();
    const exporter = new ScriptedExporter(AggregationTemporality.DELTA);
    const { provider, reader } = attachedProvider(context, exporter);
    const meter = provider.getMeter("m");
    const [sum, once] = [meter.createCounter("sum"), meter.createCounter("once")];
    const explicit = meter.createHistogram("explicit", {
      advice: { explicitBucketBoundaries: [1, 10] },
    });
    const exponential = meter.createHistogram("exponential");
    const gauge = meter.createGauge("gauge");
    const measure = (amount: number): void => {
      sum.add(amount, { kind: "x" });
      explicit.record(amount);
      exponential.record(amount);
      gauge.record(amount);
    };
    lease.grant(0, 1);
    measure(5);
    once.add(1);
    const { collect } = reader;
    reader.collect = async (options) => {
      const collected = await collect(options);
      lease.lose();
      return collected;
    };
    await reader.forceFlush();
    expect([exporter.batches.length, held]).toEqual([0, ["no_number"]]);

    reader.collect = collect;
    await clock.advance(1_000);
    lease.grant(2, 2);
    await clock.advance(1_000);
    measure(700);
    await reader.forceFlush();
    const values = Object.fromEntries(
      exporter.batches.flatMap(({ scopeMetrics }) =>
        scopeMetrics.flatMap(({ metrics }) =>
          metrics.map(({ descriptor, dataPoints }) => [descriptor.name, dataPoints[0]?.value]),
        ),
      ),
    );
    expect(values).toMatchObject({ sum: 705, once: 1, gauge: 700 });
    expect(values.explicit as Histogram).toMatchObject({
      buckets: { counts: [0, 1, 1] },
      count: 2,
      sum: 705,
      min: 5,
      max: 700,
    });
    expect(values.exponential).toMatchObject({ count: 2, sum: 705, min: 5, max: 700 });
  });

  it("carries over what was collected when the number went meanwhile", async () => {
    const { lease, held, context } = setup();
    const exporter = new ScriptedExporter(AggregationTemporality.DELTA);
    const { provider, reader } = attachedProvider(context, exporter);
    const meter = provider.getMeter("m");
    meter.createCounter("c").add(4);
    let lost = false;
    meter.createObservableGauge("g").addCallback((result) => {
      if (!lost) lease.lose();
      lost = true;
      result.observe(1);
    });
    lease.grant(0, 1);
    await reader.forceFlush();
    expect([exporter.batches.length, held]).toEqual([0, ["no_number"]]);
    lease.grant(1, 2);
    await reader.forceFlush();
    expect(exporter.last("c")).toMatchObject([{ value: 4 }]);
  });

  it("does not carry over what the receiver refuses, which it would refuse again and again", async () => {
    const { lease, context } = setup();
    const exporter = new ScriptedExporter(AggregationTemporality.DELTA);
    const { provider, reader } = attachedProvider(context, exporter);
    const counter = provider.getMeter("m").createCounter("c");
    lease.grant(0, 1);
    counter.add(1);
    exporter.mode = "denied";
    await reader.forceFlush();
    exporter.mode = "ok";
    counter.add(2);
    await reader.forceFlush();
    expect(exporter.last("c")).toMatchObject([{ value: 2 }]);
  });

  it("carries over what found no connection, which the SDK has forgotten", async () => {
    const { lease, held, context } = setup();
    const exporter = new ScriptedExporter(AggregationTemporality.DELTA);
    const { provider, reader } = attachedProvider(context, exporter);
    const counter = provider.getMeter("m").createCounter("c");
    lease.grant(0, 1);
    counter.add(1);
    exporter.mode = "refused";
    await reader.forceFlush();
    exporter.mode = "ok";
    counter.add(2);
    await reader.forceFlush();
    expect(exporter.last("c")).toMatchObject([{ value: 3 }]);
    expect(held).toEqual([]);
  });
});

describe("a label that follows the task number", () => {
  it("is the present number's on what is unsent over, in one point with what came since", async () => {
    const identity = resolveIdentity(undefined);
    const registry = new MetricRegistry({ constantLabels: { instance: "task" }, identity });
    const { clock, lease, context } = setup(undefined, { registry });
    const exporter = new ScriptedExporter(AggregationTemporality.DELTA);
    const { provider, reader } = attachedProvider(
      { ...context, instanceLabel: () => `task-${lease.num}` },
      exporter,
    );
    const orders = registry.counter(
      defineCounter({ service: "0xa", id: "0x1", name: "orders", help: "Orders." }),
    );
    registry.setMeterProvider(provider);
    lease.grant(0, 1);
    orders.add(1);
    const { collect } = reader;
    reader.collect = async (options) => {
      const collected = await collect(options);
      lease.lose();
      return collected;
    };
    await reader.forceFlush();
    reader.collect = collect;
    await clock.advance(1_000);
    lease.grant(3, 2);
    orders.add(2);
    await reader.forceFlush();
    expect(exporter.last("orders")).toMatchObject([
      { value: 3, attributes: { instance: "task-3" } },
    ]);
  });
});
