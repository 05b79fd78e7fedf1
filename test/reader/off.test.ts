import { diag, DiagLogLevel } from "@opentelemetry/api";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-proto";
import { PrometheusExporter } from "@opentelemetry/exporter-prometheus";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { AggregationTemporality, MeterProvider, MetricReader } from "@opentelemetry/sdk-metrics";
import type { PushMetricExporter, ResourceMetrics } from "@opentelemetry/sdk-metrics";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import { MetricRegistry } from "../../src/metrics/registry.ts";
import { defineCounter, defineHistogram } from "../../src/metrics/spec.ts";
import { attachReader, isHeld, readerView, settleReader } from "../../src/reader/attach.ts";
import { gateExporter } from "../../src/reader/exporter.ts";
import { manualClock } from "../../src/testing/manual-clock.ts";
import { attachedProvider, msOf, ScriptedExporter, setup, type Setup } from "./harness.ts";
import { httpSink } from "./http-sink.ts";

const { CUMULATIVE, DELTA } = AggregationTemporality;
const service = { id: "0xa", name: "shop" } as const;
const orders = defineCounter({ service, id: "0x1", name: "orders", help: "Orders." });
const wait = defineHistogram({
  service,
  id: "0x2",
  name: "wait",
  help: "Waits.",
  unit: "s",
  buckets: [1],
});

const lines: string[] = [];
function listenToDiag(): void {
  lines.length = 0;
  const say = (...parts: unknown[]): void => void lines.push(parts.map(String).join(" "));
  diag.setLogger(
    { error: say, warn: say, info: say, debug: () => undefined, verbose: () => undefined },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
}
afterEach(() => diag.disable());

/** The names of all metrics in a batch. */
function namesIn(batch: ResourceMetrics | undefined): string[] {
  return (batch?.scopeMetrics ?? []).flatMap(({ metrics }) =>
    metrics.map(({ descriptor }) => descriptor.name),
  );
}

describe("while off, a push reader", () => {
  it("exports what the reader itself collects, under the provider's own resource", async () => {
    const made = setup();
    const exporter = new ScriptedExporter();
    const { provider, reader } = attachedProvider(made.context, exporter);
    const counter = provider.getMeter("m").createCounter("c");
    made.lease.grant(3, 1);
    counter.add(2);
    await reader.forceFlush();
    await made.clock.advance(1_000);

    made.mode.now = "off";
    made.lease.lose();
    counter.add(3);
    await reader.forceFlush();
    await reader.forceFlush();
    const [, first, second] = exporter.batches;
    expect(first!.resource.attributes).toEqual({ "service.name": "s", "process.pid": 1 });
    expect(first!.resource).toBe(second!.resource);
    const [point] = exporter.last("c");
    expect(point).toMatchObject({ value: 5 });
    // The start time that the SDK gave it.
    expect(msOf(point!.startTime)).toBe(0);
    expect([made.held, isHeld(reader)]).toEqual([[], false]);
  });

  it("exports at once although there is no number, without a word", async () => {
    listenToDiag();
    const made = setup();
    made.mode.now = "off";
    const exporter = new ScriptedExporter();
    const { provider, reader } = attachedProvider(made.context, exporter, {
      maxExportBatchSize: 1,
    });
    const meter = provider.getMeter("m");
    for (const name of ["a", "b", "c"]) meter.createCounter(name).add(1);
    await reader.forceFlush();
    expect(exporter.batches.flatMap((batch) => namesIn(batch))).toEqual(["a", "b", "c"]);
    expect(lines).toEqual([]);
    expect(readerView(reader)).toMatchObject({ successes: 1, failures: 0, pointsSent: 3 });
  });

  it("returns the very object that the reader collected where nothing of ours is in it", async () => {
    const made = setup();
    made.mode.now = "off";
    const inner = new PrometheusExporter({ preventServerStart: true });
    const original = inner.collect.bind(inner);
    let collected: unknown;
    inner.collect = async (options) => {
      const result = await original(options);
      collected = result;
      return result;
    };
    const reader = attachReader(inner, made.context);
    const provider = new MeterProvider({ readers: [reader] });
    onTestFinished(() => provider.shutdown());
    provider.getMeter("m").createCounter("c").add(1);
    expect(await reader.collect()).toBe(collected);
  });

  it.each([
    ["cumulative", CUMULATIVE, "instruments"],
    ["delta", DELTA, "instruments"],
    ["cumulative beside instruments", CUMULATIVE, "auto"],
    ["delta beside instruments", DELTA, "auto"],
  ] as const)(
    "leaves our metrics out, and loses nothing of them: %s",
    async (_, temporality, delivery) => {
      const made = setup(undefined, { registry: new MetricRegistry({ delivery }) });
      const exporter = new ScriptedExporter(temporality);
      const { provider, reader } = attachedProvider(made.context, exporter);
      made.context.registry.setMeterProvider(provider);
      const theirs = provider.getMeter("m").createCounter("c");
      const ours = made.context.registry.counter(orders);
      const waits = made.context.registry.histogram(wait);
      // One of another's, in a Meter of ours.
      const beside = provider.getMeter("shop").createCounter("beside");
      made.lease.grant(0, 1);
      const measure = (amount: number): void => {
        theirs.add(amount);
        beside.add(amount);
        ours.add(amount);
        waits.record(amount);
      };
      measure(1);
      await reader.forceFlush();
      measure(2);
      made.mode.now = "off";
      made.lease.lose();
      for (let round = 0; round < 2; round++) {
        await made.clock.advance(1_000);
        theirs.add(4);
        beside.add(4);
        await reader.forceFlush();
        expect(namesIn(exporter.batches.at(-1)).toSorted()).toEqual(["beside", "c"]);
      }
      made.mode.now = "on";
      made.lease.grant(0, 2);
      await made.clock.advance(1_000);
      measure(8);
      await reader.forceFlush();
      // Of ours all that was measured since the export before, of theirs what came since the last one.
      expect(exporter.last("orders")).toMatchObject([{ value: 10 }]);
      expect(exporter.last("wait")).toMatchObject([{ value: { count: 2, sum: 10 } }]);
      expect(exporter.last("c")).toMatchObject([{ value: 8 }]);
      expect(exporter.last("beside")).toMatchObject([{ value: 8 }]);
    },
  );

  it("sends along, the first time, delta data that the gate had kept back", async () => {
    const made = setup();
    const exporter = new ScriptedExporter(DELTA);
    const { provider, reader } = attachedProvider(made.context, exporter);
    made.context.registry.setMeterProvider(provider);
    const counter = provider.getMeter("m").createCounter("c");
    const ours = made.context.registry.counter(orders);
    made.lease.grant(0, 1);
    counter.add(5);
    ours.add(5);
    const { collect } = reader;
    reader.collect = async (options) => {
      const collected = await collect(options);
      made.lease.lose();
      return collected;
    };
    await reader.forceFlush();
    expect(exporter.batches).toEqual([]);
    reader.collect = collect;

    made.mode.now = "off";
    counter.add(2);
    await reader.forceFlush();
    expect(exporter.last("c")).toMatchObject([{ value: 7 }]);
    expect(exporter.last("orders")).toEqual([]);
    await made.clock.advance(1_000);
    counter.add(1);
    await reader.forceFlush();
    expect(exporter.last("c")).toMatchObject([{ value: 1 }]);

    made.mode.now = "on";
    made.lease.grant(0, 2);
    await made.clock.advance(1_000);
    ours.add(3);
    await reader.forceFlush();
    expect(exporter.last("orders")).toMatchObject([{ value: 8 }]);
  });

  it("is taken for what the mode says when it has collected", async () => {
    const made = setup();
    const exporter = new ScriptedExporter();
    const { provider, reader } = attachedProvider(made.context, exporter);
    const meter = provider.getMeter("m");
    let then = (): void => undefined;
    meter.createObservableGauge("g").addCallback((result) => {
      then();
      result.observe(1);
    });
    meter.createCounter("c").add(5);
    made.lease.grant(0, 1);
    then = (): void => {
      made.mode.now = "off";
      made.lease.lose();
    };
    await reader.forceFlush();
    expect(exporter.batches[0]!.resource.attributes).toEqual({
      "service.name": "s",
      "process.pid": 1,
    });
    then = (): void => {
      made.mode.now = "on";
      made.lease.grant(0, 2);
    };
    await reader.forceFlush();
    expect(exporter.batches[1]!.resource.attributes).toMatchObject({ "taskmon.task.number": 0 });
    expect(exporter.last("c")).toMatchObject([{ value: 0 }]);
  });

  it("is a reader with an exporter of its own too, which is passed without a warning", async () => {
    listenToDiag();
    const made = setup();
    made.mode.now = "off";
    const exporter = new ScriptedExporter();
    const reader = attachReader(new HidingReader(gateExporter(exporter, made.clock)), made.context);
    const provider = new MeterProvider({ readers: [reader] });
    onTestFinished(() => provider.shutdown());
    const counter = provider.getMeter("m").createCounter("c");
    counter.add(4);
    await reader.forceFlush();
    expect(readerView(reader)).toMatchObject({ successes: 1, pointsSent: 1 });
    reader.splits = true;
    await reader.forceFlush();
    expect(exporter.batches).toHaveLength(2);
    made.mode.now = "on";
    made.lease.grant(0, 1);
    counter.add(1);
    await made.clock.advance(1);
    reader.splits = false;
    await reader.forceFlush();
    expect(exporter.last("c")).toMatchObject([{ value: 1 }]);
    expect(lines).toEqual([]);
  });
});

describe("on again, a new number", () => {
  it("starts after all that was exported before and while off, switch after switch", async () => {
    const made = setup();
    const exporter = new ScriptedExporter();
    const { provider, reader } = attachedProvider(made.context, exporter);
    const counter = provider.getMeter("m").createCounter("c");
    const step = async (amount: number): Promise<[number, number]> => {
      await made.clock.advance(1_000);
      counter.add(amount);
      await reader.forceFlush();
      const [point] = exporter.last("c");
      return [point!.value as number, msOf(point!.startTime)];
    };
    made.lease.grant(0, 1);
    expect(await step(1)).toEqual([1, 1_000]);
    made.mode.now = "off";
    made.lease.lose();
    expect(await step(10)).toEqual([11, 1_000]);
    made.mode.now = "on";
    made.lease.grant(0, 2);
    expect(await step(100)).toEqual([100, 2_000]);
    expect(await step(1_000)).toEqual([1_100, 2_000]);
    // Off and on without an export in between: nothing differs but the number.
    made.mode.now = "off";
    made.lease.lose();
    made.mode.now = "on";
    made.lease.grant(0, 3);
    expect(await step(10_000)).toEqual([10_000, 4_000]);
    made.mode.now = "off";
    expect(await step(100_000)).toEqual([111_111, 1_000]);
    made.mode.now = "on";
    // The very same grant, but others saw another stream in between.
    expect(await step(1_000_000)).toEqual([1_000_000, 6_000]);
  });

  it.each([
    ["refused", 5],
    ["answer_lost", 0],
    ["request_lost", 0],
  ] as const)("knows what of an export while off did not arrive: %s", async (fortune, expected) => {
    const made = setup();
    const exporter = new ScriptedExporter();
    const { provider, reader } = attachedProvider(made.context, exporter);
    const counter = provider.getMeter("m").createCounter("c");
    made.lease.grant(0, 1);
    counter.add(1);
    await reader.forceFlush();
    made.mode.now = "off";
    made.lease.lose();
    counter.add(5);
    exporter.mode = fortune;
    await reader.forceFlush();
    exporter.mode = "ok";
    made.mode.now = "on";
    await made.clock.advance(1);
    made.lease.grant(0, 2);
    await reader.forceFlush();
    expect(exporter.last("c")).toMatchObject([{ value: expected }]);
  });

  it("does not count what a batch brings that was collected off and is sent too late", async () => {
    const made = setup();
    const exporter = new ScriptedExporter();
    const { provider, reader } = attachedProvider(made.context, exporter);
    provider.getMeter("m").createCounter("c").add(5);
    made.mode.now = "off";
    // As two runs of a reader whose runs overlap, of which the first is overtaken.
    const late = await reader.collect();
    made.mode.now = "on";
    made.lease.grant(0, 1);
    await reader.forceFlush();
    const { _exporter: gated } = reader as unknown as { _exporter: PushMetricExporter };
    gated.export(late.resourceMetrics, () => undefined);
    expect(exporter.batches).toHaveLength(1);
    expect(exporter.last("c")).toMatchObject([{ value: 5 }]);
    expect(made.held).toEqual(["renumbered"]);
  });
});

describe("what is on its way when readers are switched off", () => {
  const start = async (made: Setup, answer: () => void) => {
    const sink = await httpSink((_count, response) => {
      answer();
      response.writeHead(200).end();
    });
    const attached = attachedProvider(made.context, new OTLPMetricExporter({ url: sink.url }));
    attached.provider.getMeter("m").createCounter("c").add(1);
    made.lease.grant(0, 1);
    return { sink, ...attached };
  };
  const standing = (): Setup => setup(manualClock({ wallTime: Date.now() }));

  it("arrives while the number stands", async () => {
    const made = standing();
    const { reader } = await start(made, () => {
      made.mode.now = "off";
    });
    await reader.forceFlush();
    expect(readerView(reader)).toMatchObject({ successes: 1, failures: 0 });
  });

  it("is cut off when the number goes", async () => {
    const made = standing();
    const sink = await httpSink(() => undefined);
    const { reader, provider } = attachedProvider(
      made.context,
      new OTLPMetricExporter({ url: sink.url }),
    );
    provider.getMeter("m").createCounter("c").add(1);
    made.lease.grant(0, 1);
    const flush = reader.forceFlush();
    await sink.arrived(1);
    expect(readerView(reader)!.batchesInFlight).toBe(1);
    made.mode.now = "off";
    made.lease.lose();
    await flush;
    await sink.wasCut(1);
    expect(readerView(reader)).toMatchObject({ failures: 1, batchesInFlight: 0 });
    // So that nothing is sent at the end, to a receiver that does not answer.
    made.mode.now = "on";
  });

  it("can be waited for before the number goes", async () => {
    const made = standing();
    let answer = (): void => undefined;
    const sink = await httpSink((_count, response) => {
      answer = () => void response.writeHead(200).end();
    });
    const { reader, provider } = attachedProvider(
      made.context,
      new OTLPMetricExporter({ url: sink.url }),
    );
    provider.getMeter("m").createCounter("c").add(1);
    made.lease.grant(0, 1);
    const flush = reader.forceFlush();
    await sink.arrived(1);
    const early = settleReader(reader, { signal: AbortSignal.abort(new Error("now")) });
    await expect(early).rejects.toMatchObject({ code: "ERR_TASKMON_EXPORTS_ABORTED" });
    const settled = settleReader(reader).then(() => readerView(reader)!.successes);
    answer();
    expect(await settled).toBe(1);
    await flush;
  });
});

describe("while off, a pull reader", () => {
  it("does not wait for attributes of the resource, for which the reader does not either", async () => {
    const made = setup();
    made.mode.now = "off";
    const reader = attachReader(new PrometheusExporter({ preventServerStart: true }), made.context);
    const provider = new MeterProvider({
      readers: [reader],
      resource: resourceFromAttributes({ "host.id": new Promise<string>(() => undefined) }),
    });
    onTestFinished(() => provider.shutdown());
    provider.getMeter("m").createCounter("c").add(1);
    const { resourceMetrics } = await reader.collect();
    expect(resourceMetrics.resource.asyncAttributesPending).toBe(true);
  });

  it.each([false, true])("answers with everything but ours, with hold: %s", async (hold) => {
    const made = setup();
    const reader = attachReader(
      new PrometheusExporter({ preventServerStart: true }),
      made.context,
      { hold },
    );
    const provider = new MeterProvider({
      readers: [reader],
      resource: resourceFromAttributes({ "service.name": "s", "process.pid": 1 }),
    });
    onTestFinished(() => provider.shutdown());
    made.context.registry.setMeterProvider(provider);
    const counter = provider.getMeter("m").createCounter("c");
    made.context.registry.counter(orders).add(1);
    const scrape = async (): Promise<unknown[]> => {
      const { resourceMetrics } = await reader.collect();
      const points = resourceMetrics.scopeMetrics.flatMap(({ metrics }) =>
        metrics.map(({ descriptor, dataPoints }) => [descriptor.name, dataPoints[0]?.value]),
      );
      const { attributes } = resourceMetrics.resource;
      return [
        Object.keys(attributes),
        points.filter(([name]) => name === "c" || name === "orders"),
      ];
    };
    made.lease.grant(0, 1);
    counter.add(1);
    const numbered = ["service.name", "taskmon.task.number", "service.instance.id"];
    expect(await scrape()).toEqual([
      numbered,
      [
        ["c", 1],
        ["orders", 1],
      ],
    ]);
    made.mode.now = "off";
    made.lease.lose();
    counter.add(2);
    expect(await scrape()).toEqual([["service.name", "process.pid"], [["c", 3]]]);
    expect(isHeld(reader)).toBe(false);
    made.mode.now = "on";
    await made.clock.advance(1_000);
    made.lease.grant(1, 2);
    counter.add(4);
    // What holds puts the number on every series, and so begins again.
    const again = hold
      ? [
          ["c", 4],
          ["orders", 0],
        ]
      : [
          ["c", 7],
          ["orders", 1],
        ];
    expect(await scrape()).toEqual([numbered, again]);
    expect(made.held).toEqual([]);
  });
});

/** A reader that keeps its exporter where nobody finds it. */
class HidingReader extends MetricReader {
  readonly #exporter: PushMetricExporter;
  splits = false;

  constructor(exporter: PushMetricExporter) {
    super({ aggregationTemporalitySelector: () => CUMULATIVE });
    this.#exporter = exporter;
  }

  protected async onForceFlush(): Promise<void> {
    const { resourceMetrics } = await this.collect();
    const batch = this.splits ? { ...resourceMetrics } : resourceMetrics;
    if (batch.scopeMetrics.length === 0) return;
    await new Promise<void>((done) => this.#exporter.export(batch, () => done()));
  }

  protected async onShutdown(): Promise<void> {
    // Nothing runs.
  }
}
