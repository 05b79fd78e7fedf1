import { OTLPMetricExporter as JsonExporter } from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPMetricExporter as ProtoExporter } from "@opentelemetry/exporter-metrics-otlp-proto";
import { PrometheusExporter } from "@opentelemetry/exporter-prometheus";
import {
  AggregationTemporality,
  MeterProvider,
  MetricReader,
  type PushMetricExporter,
} from "@opentelemetry/sdk-metrics";
import { describe, expect, it, onTestFinished } from "vitest";
import { MetricRegistry } from "../../src/metrics/registry.ts";
import { attachReader, readerView } from "../../src/reader/attach.ts";
import { gateExporter } from "../../src/reader/exporter.ts";
import type { AttachableReader, ReaderView } from "../../src/reader/index.ts";
import { manualClock } from "../../src/testing/manual-clock.ts";
import { attachedProvider, ScriptedExporter, setup, T0 } from "./harness.ts";
import { httpSink } from "./http-sink.ts";

function view(reader: AttachableReader): ReaderView {
  return readerView(reader)!;
}

/** What a scrape of the registry shows of a reader's figures: by metric, and by outcome where it has one. */
async function shown(registry: MetricRegistry, name: string): Promise<Record<string, unknown>> {
  const { context } = setup(manualClock({ wallTime: Date.now() }), { registry });
  const pull = attachReader(new PrometheusExporter({ preventServerStart: true }), context, {
    name: "probe",
  });
  const provider = new MeterProvider({ readers: [pull] });
  onTestFinished(() => provider.shutdown());
  const { resourceMetrics } = await pull.collect();
  const figures: Record<string, unknown> = {};
  for (const { metrics } of resourceMetrics.scopeMetrics) {
    for (const { descriptor, dataPoints } of metrics) {
      for (const { attributes, value } of dataPoints) {
        if (attributes["taskmon.reader"] !== name) continue;
        const outcome = (attributes["taskmon.outcome"] ?? "") as string;
        const key = `${descriptor.name} ${outcome}`.trim();
        figures[key] = typeof value === "number" ? value : [value.count, value.sum];
      }
    }
  }
  return figures;
}

/** A registry whose figures a scrape of another reader shows, without an SDK in between. */
const ownRegistry = (): MetricRegistry => new MetricRegistry({ delivery: "auto" });

describe("a push reader's figures", () => {
  it("tell successes, failures in a row, the last failure, durations and points", async () => {
    const { clock, lease, context } = setup();
    const exporter = new ScriptedExporter();
    const { provider, reader } = attachedProvider(context, exporter);
    const meter = provider.getMeter("m");
    meter.createCounter("a").add(1);
    expect(view(reader)).toEqual({
      name: "PeriodicExportingMetricReader",
      kind: "push",
      isHeld: true,
      successes: 0,
      failures: 0,
      consecutiveFailures: 0,
      held: 0,
      pointsSent: 0,
      pointsRejected: 0,
      batchesInFlight: 0,
      lastSuccessAgeMs: undefined,
      lastSuccessAtMs: undefined,
      lastDurationMs: undefined,
      lastFailure: undefined,
      silence: undefined,
    });
    await reader.forceFlush();
    expect(view(reader)).toMatchObject({ held: 1, successes: 0, failures: 0 });

    lease.grant(0, 1);
    await clock.advance(1_000);
    await reader.forceFlush();
    const sent = view(reader).pointsSent!;
    expect(sent).toBeGreaterThan(0);
    exporter.mode = "refused";
    await clock.advance(1_000);
    for (let round = 0; round < 2; round++) await reader.forceFlush();
    await clock.advance(500);
    expect(view(reader)).toMatchObject({
      isHeld: false,
      successes: 1,
      failures: 2,
      consecutiveFailures: 2,
      pointsSent: sent,
      lastSuccessAgeMs: 1_500,
      lastSuccessAtMs: T0 + 1_000,
      lastFailure: { message: "refused (ECONNREFUSED)", ageMs: 500 },
    });
    exporter.mode = "ok";
    await reader.forceFlush();
    expect(view(reader)).toMatchObject({
      successes: 2,
      failures: 2,
      consecutiveFailures: 0,
      lastSuccessAgeMs: 0,
      lastFailure: { message: "refused (ECONNREFUSED)", ageMs: 500 },
    });
  });

  it("say how long an export takes while batches are on their way", async () => {
    const { clock, lease, context } = setup();
    const answers: (() => void)[] = [];
    const exporter = new ScriptedExporter();
    exporter.export = (_, done) => void answers.push(() => done({ code: 0 }));
    const { provider, reader } = attachedProvider(context, exporter, { maxExportBatchSize: 1 });
    const meter = provider.getMeter("m");
    for (const name of ["a", "b"]) meter.createCounter(name).add(1);
    lease.grant(0, 1);
    const flush = reader.forceFlush();
    for (const [index, inFlight] of [1, 1].entries()) {
      await clock.advance(1_000);
      expect(view(reader)).toMatchObject({ batchesInFlight: inFlight, successes: 0 });
      answers[index]!();
    }
    await flush;
    expect(view(reader)).toMatchObject({
      batchesInFlight: 0,
      successes: 1,
      pointsSent: 2,
      lastDurationMs: 2_000,
    });
  });

  it("count an export of which one batch fails as one failure, and the points that arrived", async () => {
    const { lease, context } = setup();
    const exporter = new ScriptedExporter();
    const { provider, reader } = attachedProvider(context, exporter, { maxExportBatchSize: 1 });
    const meter = provider.getMeter("m");
    for (const name of ["a", "b", "c"]) meter.createCounter(name).add(1);
    exporter.onExport = (): void => {
      exporter.mode = exporter.attempts === 1 ? "refused" : "ok";
    };
    lease.grant(0, 1);
    await reader.forceFlush();
    expect(exporter.attempts).toBe(3);
    expect(view(reader)).toMatchObject({ successes: 0, failures: 1, pointsSent: 2 });
  });

  it("count what the gate keeps back at the last moment as held, and what it cuts off as failed", async () => {
    const { clock, lease, held, context } = setup();
    const exporter = new ScriptedExporter();
    const { provider, reader } = attachedProvider(context, exporter);
    provider.getMeter("m").createCounter("c").add(1);
    lease.grant(0, 1);
    const { collect } = reader;
    reader.collect = async (options) => {
      const collected = await collect(options);
      lease.lose();
      return collected;
    };
    await reader.forceFlush();
    reader.collect = collect;
    expect(view(reader)).toMatchObject({ held: 1, failures: 0 });
    expect(held).toEqual(["no_number"]);

    lease.grant(0, 2);
    exporter.export = () => undefined;
    const flush = reader.forceFlush();
    await clock.advance(context.exportTimeoutMs);
    await flush;
    expect(view(reader)).toMatchObject({
      held: 1,
      failures: 1,
      lastFailure: { message: "The export took longer than 10000 ms (ERR_TASKMON_EXPORT_CUT)" },
    });
  });

  it("keep what an exporter says of a failure to one line of 200 characters", async () => {
    const { lease, context } = setup();
    const exporter = new ScriptedExporter();
    let error: Error | undefined;
    exporter.export = (_, done) => done({ code: 1, ...(error !== undefined && { error }) });
    const { provider, reader } = attachedProvider(context, exporter);
    provider.getMeter("m").createCounter("c").add(1);
    lease.grant(0, 1);
    const message = async (): Promise<string> => {
      await reader.forceFlush();
      return view(reader).lastFailure!.message;
    };
    expect(await message()).toBe("no reason was given");
    error = new Error(`first\r\n\tsecond ${"x".repeat(300)}`);
    expect(await message()).toBe(`first second ${"x".repeat(184)}...`);
    // As Node.js has it where every address of a host refuses.
    error = Object.assign(new AggregateError([]), { code: "ECONNREFUSED" });
    expect(await message()).toBe("ECONNREFUSED");
    error = Object.assign(new Error("Bad Request"), { code: 400 });
    expect(await message()).toBe("Bad Request (400)");
  });

  it("leave with the next export as metrics, an export's own after it", async () => {
    const registry = ownRegistry();
    const { clock, lease, context } = setup(undefined, { registry });
    const exporter = new ScriptedExporter();
    const { provider, reader } = attachedProvider(context, exporter, { attach: { name: "otlp" } });
    provider.getMeter("m").createCounter("c").add(1);
    lease.grant(0, 1);
    await reader.forceFlush();
    expect(exporter.last("taskmon.exports")).toEqual([]);
    expect(exporter.last("taskmon.export.last_success")).toEqual([]);
    await clock.advance(2_500);
    await reader.forceFlush();
    const attributes = { "taskmon.reader": "otlp", "taskmon.outcome": "success" };
    expect(exporter.last("taskmon.exports")).toMatchObject([{ value: 1, attributes }]);
    expect(exporter.last("taskmon.export.points")).toMatchObject([{ value: 1, attributes }]);
    expect(exporter.last("taskmon.export.duration")).toMatchObject([
      { value: { count: 1, sum: 0 }, attributes },
    ]);
    expect(exporter.last("taskmon.export.last_success")).toMatchObject([
      { value: T0 / 1_000, attributes: { "taskmon.reader": "otlp" } },
    ]);
    exporter.mode = "refused";
    await reader.forceFlush();
    expect(await shown(registry, "otlp")).toMatchObject({
      "taskmon.exports success": 2,
      "taskmon.exports failure": 1,
      // The figures of the first export went with the second one.
      "taskmon.export.points success": 7,
      "taskmon.export.points failure": 6,
      "taskmon.export.duration failure": [1, 0],
      "taskmon.export.last_success": (T0 + 2_500) / 1_000,
    });
  });
});

describe.each([
  [
    "JSON",
    (url: string): PushMetricExporter => new JsonExporter({ url }),
    JSON.stringify({ partialSuccess: { rejectedDataPoints: "2", errorMessage: "too old" } }),
  ],
  [
    "protobuf",
    (url: string): PushMetricExporter => new ProtoExporter({ url }),
    // partial_success { rejected_data_points: 2 }
    Buffer.from([0x0a, 0x02, 0x08, 0x02]),
  ],
])("over OTLP with %s", (_, create, partial) => {
  const started = async (answer: (count: number) => { status: number; body?: unknown }) => {
    const sink = await httpSink((count, response) => {
      const { status, body } = answer(count);
      response.writeHead(status, { "retry-after": "0" }).end(body);
    });
    const made = setup(manualClock({ wallTime: Date.now() }));
    const { provider, reader } = attachedProvider(made.context, create(sink.url));
    const meter = provider.getMeter("m");
    for (const name of ["a", "b", "c"]) meter.createCounter(name).add(1);
    made.lease.grant(0, 1);
    return { sink, reader };
  };

  it("a partial success is one, less the points that were rejected", async () => {
    const { reader } = await started((count) => ({
      status: 200,
      ...(count === 1 && { body: partial }),
    }));
    await reader.forceFlush();
    expect(view(reader)).toMatchObject({ successes: 1, pointsSent: 1, pointsRejected: 2 });
    await reader.forceFlush();
    expect(view(reader)).toMatchObject({ successes: 2, pointsSent: 4, pointsRejected: 2 });
  });

  it("attempts that are repeated are one export", async () => {
    const { sink, reader } = await started((count) => ({ status: count === 1 ? 503 : 200 }));
    await reader.forceFlush();
    expect(sink.requests).toBe(2);
    expect(view(reader)).toMatchObject({ successes: 1, failures: 0, pointsSent: 3 });
  });

  it("a refusal is a failure, with the receiver's status", async () => {
    const { reader } = await started(() => ({ status: 400 }));
    await reader.forceFlush();
    expect(view(reader)).toMatchObject({
      failures: 1,
      pointsSent: 0,
      lastFailure: { message: "Bad Request (400)" },
    });
  });
});

describe("a pull reader's figures", () => {
  it("count answers, with what was missing from one as a failure", async () => {
    const registry = ownRegistry();
    const { clock, context } = setup(undefined, { registry });
    const reader = attachReader(new PrometheusExporter({ preventServerStart: true }), context);
    expect(await reader.collect().catch((error: unknown) => error)).toBeInstanceOf(Error);
    expect(view(reader)).toMatchObject({
      successes: 0,
      failures: 1,
      lastFailure: { message: "MetricReader is not bound to a MetricProducer" },
    });
    const provider = new MeterProvider({ readers: [reader] });
    onTestFinished(() => provider.shutdown());
    let broken = false;
    provider
      .getMeter("m")
      .createObservableGauge("g")
      .addCallback(async (result) => {
        await clock.advance(30);
        if (broken) throw new Error("no such sensor");
        result.observe(1);
      });
    await reader.collect();
    expect(view(reader)).toMatchObject({ successes: 1, lastDurationMs: 30, lastSuccessAgeMs: 0 });
    broken = true;
    await reader.collect();
    expect(view(reader)).toMatchObject({
      successes: 1,
      failures: 2,
      consecutiveFailures: 1,
      lastSuccessAgeMs: 30,
      lastFailure: { message: "no such sensor" },
    });
    expect(await shown(registry, "PrometheusExporter")).toMatchObject({
      "taskmon.exports success": 1,
      "taskmon.exports failure": 2,
      "taskmon.export.duration success": [1, 0.03],
    });
  });

  it.each([
    ["that its owner gave", { intervalMs: 15_000 }, 15],
    ["of which nobody knows, not at all", {}, undefined],
  ])("show the interval %s", async (_, options, expected) => {
    const registry = ownRegistry();
    const { context } = setup(undefined, { registry });
    const exporter = new PrometheusExporter({ preventServerStart: true });
    const reader = attachReader(exporter, context, options);
    const provider = new MeterProvider({ readers: [reader] });
    onTestFinished(() => provider.shutdown());
    provider.getMeter("m").createCounter("c").add(1);
    await reader.collect();
    const figures = await shown(registry, "PrometheusExporter");
    expect(figures["taskmon.exports success"]).toBe(1);
    expect(figures["taskmon.export.interval"]).toBe(expected);
  });

  it("count an answer that is held as held", async () => {
    const { context, lease } = setup();
    const reader = attachReader(new PrometheusExporter({ preventServerStart: true }), context, {
      hold: true,
    });
    const provider = new MeterProvider({ readers: [reader] });
    onTestFinished(() => provider.shutdown());
    provider.getMeter("m").createCounter("c").add(1);
    await reader.collect();
    expect(view(reader)).toMatchObject({ held: 1, successes: 0, failures: 0, isHeld: true });
    lease.grant(0, 1);
    await reader.collect();
    expect(view(reader)).toMatchObject({ held: 1, successes: 1, pointsSent: 1, isHeld: false });
  });
});

describe("a push reader whose exporter is not found", () => {
  const hidden = (exporter: PushMetricExporter, made = setup()) => {
    const reader = attachReader(new HidingReader(exporter), made.context);
    const provider = new MeterProvider({ readers: [reader] });
    onTestFinished(() => provider.shutdown());
    const meter = provider.getMeter("m");
    for (const name of ["a", "b"]) meter.createCounter(name).add(1);
    made.lease.grant(0, 1);
    return reader;
  };

  it("is one of which nothing is known", async () => {
    const reader = hidden(new ScriptedExporter());
    await reader.forceFlush();
    expect(view(reader)).toMatchObject({ successes: undefined, lastSuccessAgeMs: undefined });
  });

  it("is known as soon as the exporter was gated", async () => {
    const made = setup();
    const reader = hidden(gateExporter(new ScriptedExporter(), made.clock), made);
    expect(view(reader).successes).toBeUndefined();
    await reader.forceFlush();
    expect(view(reader)).toMatchObject({ successes: 1, pointsSent: 2 });
  });

  it("may leave points out of its exports, which then end with the next one", async () => {
    const made = setup();
    const reader = hidden(gateExporter(new ScriptedExporter(), made.clock), made);
    reader.filter = "a";
    await reader.forceFlush();
    expect(view(reader).successes).toBe(0);
    await made.clock.advance(1_000);
    await reader.forceFlush();
    expect(view(reader)).toMatchObject({
      successes: 1,
      pointsSent: 1,
      lastSuccessAgeMs: 1_000,
      lastSuccessAtMs: T0,
    });
  });

  it("may export one collection twice", async () => {
    const made = setup();
    const reader = hidden(gateExporter(new ScriptedExporter(), made.clock), made);
    reader.times = 2;
    await reader.forceFlush();
    expect(view(reader)).toMatchObject({ successes: 2, pointsSent: 4 });
  });
});

describe("a reader's name", () => {
  it("is its own among those that live, and its series go with it", async () => {
    const registry = ownRegistry();
    const { context, lease } = setup(undefined, { registry });
    lease.grant(0, 1);
    const attach = (name?: string) =>
      attachedProvider(context, new ScriptedExporter(), {
        ...(name !== undefined && { attach: { name } }),
      });
    const readers = [attach(), attach(), attach("mine"), attach("mine"), attach("mine")];
    const names = readers.map(({ reader }) => view(reader).name);
    const short = names.map((name) => name.replace("PeriodicExportingMetricReader", "Periodic"));
    expect(short).toEqual(["Periodic", "Periodic-2", "mine", "mine-2", "mine-3"]);
    for (const { provider, reader } of readers) {
      provider.getMeter("m").createCounter("c").add(1);
      await reader.forceFlush();
    }
    expect(await shown(registry, "mine-2")).toMatchObject({ "taskmon.exports success": 1 });
    await readers[3]!.provider.shutdown();
    expect(await shown(registry, "mine-2")).toEqual({});
    // Whatever still ends afterwards does not bring them back.
    await readers[3]!.reader.collect().catch(() => undefined);
    expect(await shown(registry, "mine-2")).toEqual({});
    expect(await shown(registry, "mine")).toMatchObject({ "taskmon.exports success": 1 });

    const heir = attach("mine");
    expect(view(heir.reader).name).toBe("mine-2");
    heir.provider.getMeter("m").createCounter("c").add(1);
    await heir.reader.forceFlush();
    expect(await shown(registry, "mine-2")).toMatchObject({ "taskmon.exports success": 1 });
  });

  it("reaches an SDK's instruments too, and leaves attached readers with its reader", async () => {
    const { context, lease } = setup();
    const exporter = new ScriptedExporter(AggregationTemporality.CUMULATIVE);
    const { provider, reader } = attachedProvider(context, exporter);
    context.registry.setMeterProvider(provider);
    const other = attachedProvider(context, new ScriptedExporter(), { attach: { name: "other" } });
    other.provider.getMeter("m").createCounter("c").add(1);
    lease.grant(0, 1);
    await other.reader.forceFlush();
    await reader.forceFlush();
    const readersIn = (name: string): unknown[] =>
      exporter.last(name).map(({ attributes }) => attributes["taskmon.reader"]);
    expect(readersIn("taskmon.exports")).toEqual(["other"]);
    await other.provider.shutdown();
    await reader.forceFlush();
    // What was not told of the other yet is told once more.
    await reader.forceFlush();
    const figures = ["exports", "export.duration", "export.points"];
    for (const name of [...figures, "export.last_success", "export.interval"]) {
      expect([name, readersIn(`taskmon.${name}`)]).toEqual([
        name,
        ["PeriodicExportingMetricReader"],
      ]);
    }
  });

  it.each([
    ["", "a text that is not blank"],
    ["x".repeat(101), "at most 100 characters long"],
  ])("is refused where it is none: %s", (name, message) => {
    const { context } = setup();
    const reader = new PrometheusExporter({ preventServerStart: true });
    expect(() => attachReader(reader, context, { name })).toThrow(message);
  });
});

/** A reader that keeps its exporter where nobody finds it, and exports in ways of its own. */
class HidingReader extends MetricReader {
  readonly #exporter: PushMetricExporter;
  filter: string | undefined;
  times = 1;

  constructor(exporter: PushMetricExporter) {
    super({ aggregationTemporalitySelector: () => AggregationTemporality.CUMULATIVE });
    this.#exporter = exporter;
  }

  protected async onForceFlush(): Promise<void> {
    const { resourceMetrics } = await this.collect();
    const { resource } = resourceMetrics;
    const scopeMetrics = resourceMetrics.scopeMetrics.map(({ scope, metrics }) => ({
      scope,
      metrics: metrics.filter(
        ({ descriptor }) => this.filter === undefined || descriptor.name === this.filter,
      ),
    }));
    for (let time = 0; time < this.times; time++) {
      await new Promise<void>((done) => {
        this.#exporter.export({ resource, scopeMetrics }, () => done());
      });
    }
  }

  protected async onShutdown(): Promise<void> {
    // Nothing runs.
  }
}
