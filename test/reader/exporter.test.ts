import { diag, DiagLogLevel } from "@opentelemetry/api";
import { OTLPMetricExporter as HttpExporter } from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPMetricExporter as ProtoExporter } from "@opentelemetry/exporter-metrics-otlp-proto";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  MetricReader,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from "@opentelemetry/sdk-metrics";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import { attachReader } from "../../src/reader/attach.ts";
import { gateExporter } from "../../src/reader/exporter.ts";
import { manualClock } from "../../src/testing/manual-clock.ts";
import { attachedProvider, ScriptedExporter, setup } from "./harness.ts";
import { httpSink } from "./http-sink.ts";

afterEach(() => diag.disable());

/** What the SDK and we say. */
function said(): string[] {
  const lines: string[] = [];
  const say = (...parts: unknown[]): void => void lines.push(parts.map(String).join(" "));
  diag.setLogger(
    { error: say, warn: say, info: say, debug: () => undefined, verbose: () => undefined },
    { logLevel: DiagLogLevel.INFO, suppressOverrideMessage: true },
  );
  return lines;
}

/** A clock that stands still, with times of the machine for the SDK. */
function still(): ReturnType<typeof setup> {
  const made = setup(manualClock({ wallTime: Date.now() }));
  made.lease.grant(0, 1);
  return made;
}

const exporters: [string, (url: string) => PushMetricExporter][] = [
  ["OTLP over HTTP with JSON", (url) => new HttpExporter({ url })],
  ["OTLP over HTTP with protobuf", (url) => new ProtoExporter({ url })],
];

describe.each(exporters)("%s", (_, create) => {
  it("delivers, while the number is sure, with retries", async () => {
    const sink = await httpSink((count, response) => {
      response.writeHead(count === 1 ? 503 : 200, { "retry-after": "0" }).end();
    });
    const { context } = still();
    const { provider, reader } = attachedProvider(context, create(sink.url));
    provider.getMeter("m").createCounter("c").add(1);
    await reader.forceFlush();
    expect(sink.requests).toBe(2);
  });

  it("does not retry once the number is lost", async () => {
    const lines = said();
    const { lease, context } = still();
    const sink = await httpSink((_count, response) => {
      lease.sureForMs = 0; // as if the process had been stopped past its deadline
      response.writeHead(503, { "retry-after": "0" }).end();
    });
    const { provider, reader } = attachedProvider(context, create(sink.url));
    provider.getMeter("m").createCounter("c").add(1);
    await reader.forceFlush();
    expect(sink.requests).toBe(1);
    expect(lines.join("\n")).toContain("The export was held: lease_ending");
  });

  it("does not retry after the longest that an export takes", async () => {
    const { clock, context } = still();
    const sink = await httpSink((_count, response) => {
      void clock
        .advance(context.exportTimeoutMs)
        .then(() => response.writeHead(503, { "retry-after": "0" }).end());
    });
    const { provider, reader } = attachedProvider(context, create(sink.url));
    provider.getMeter("m").createCounter("c").add(1);
    await reader.forceFlush();
    expect(sink.requests).toBe(1);
  });

  it("does not retry when the process was stopped meanwhile, before any timer tells so", async () => {
    const made = manualClock({ wallTime: Date.now() });
    let stoppedMs = 0;
    const clock = { ...made, now: () => made.now() + stoppedMs };
    const { lease, context } = setup(clock);
    lease.grant(0, 1);
    const sink = await httpSink((_count, response) => {
      stoppedMs = context.exportTimeoutMs;
      response.writeHead(503, { "retry-after": "0" }).end();
    });
    const { provider, reader } = attachedProvider(context, create(sink.url));
    provider.getMeter("m").createCounter("c").add(1);
    await reader.forceFlush();
    expect(sink.requests).toBe(1);
  });

  it("cuts off a request under way when the number is lost, and waits no longer", async () => {
    const { lease, context } = still();
    const sink = await httpSink(() => undefined);
    const { provider, reader } = attachedProvider(context, create(sink.url));
    provider.getMeter("m").createCounter("c").add(1);
    const flush = reader.forceFlush();
    await sink.arrived(1);
    const lostAt = performance.now();
    lease.lose();
    await flush;
    await sink.wasCut(1);
    expect(sink.requests).toBe(1);
    // The exporter's own limit is 10 s.
    expect(performance.now() - lostAt).toBeLessThan(5_000);
  });

  it("cuts off a request under way after the longest that an export takes", async () => {
    const { clock, context } = still();
    const sink = await httpSink(() => undefined);
    const { provider, reader } = attachedProvider(context, create(sink.url));
    provider.getMeter("m").createCounter("c").add(1);
    const flush = reader.forceFlush();
    await sink.arrived(1);
    const overAt = performance.now();
    await clock.advance(context.exportTimeoutMs);
    await flush;
    await sink.wasCut(1);
    expect(performance.now() - overAt).toBeLessThan(5_000);
  });

  it("sends nothing when the number went while it prepared the request", async () => {
    const { lease, context, held } = still();
    const sink = await httpSink((_count, response) => response.writeHead(200).end());
    const exporter = create(sink.url);
    const { provider, reader } = attachedProvider(context, exporter);
    const counter = provider.getMeter("m").createCounter("c");
    counter.add(1);
    // The headers are asked for after the transport was called, before the request is made.
    onHeaders(exporter, () => {
      lease.sureForMs = 0;
    });
    await reader.forceFlush();
    expect([sink.requests, held]).toEqual([0, ["lease_ending"]]);
  });

  it.each([
    ["a refusal by the receiver", 503, 6],
    ["a refusal for good", 400, 6],
    ["no answer", 0, 1],
  ])("knows after %s (%i) what the next number is to export", async (_name, status, expected) => {
    const { clock, lease, context } = still();
    const sink = await httpSink((count, response) => {
      if (count !== 2) response.writeHead(200).end();
      else if (status === 0) lease.lose();
      else response.writeHead(status, { "retry-after": "3600" }).end();
    });
    const inner = new ScriptedExporter();
    const otlp = create(sink.url);
    const exporter: PushMetricExporter = Object.create(otlp, {
      export: {
        value: (...args: Parameters<PushMetricExporter["export"]>) => {
          inner.export(args[0], () => undefined);
          otlp.export(...args);
        },
      },
    }) as PushMetricExporter;
    const { provider, reader } = attachedProvider(context, exporter);
    const counter = provider.getMeter("m").createCounter("c");
    for (const amount of [2, 5]) {
      counter.add(amount);
      await reader.forceFlush();
    }
    await clock.advance(1);
    lease.grant(0, 2);
    counter.add(1);
    await reader.forceFlush();
    expect(inner.last("c")).toMatchObject([{ value: expected }]);
  });

  it("carries over delta data of which no attempt arrived when a retry is not allowed any more", async () => {
    const { lease, context } = still();
    const sink = await httpSink((count, response) => {
      if (count === 1) lease.sureForMs = 0;
      response.writeHead(count === 1 ? 503 : 200, { "retry-after": "0" }).end();
    });
    const batches: number[] = [];
    const otlp = create(sink.url);
    otlp.selectAggregationTemporality = () => AggregationTemporality.DELTA;
    const send = otlp.export.bind(otlp);
    otlp.export = (batch, done) => {
      batches.push(batch.scopeMetrics[0]!.metrics[0]!.dataPoints[0]!.value as number);
      send(batch, done);
    };
    const { provider, reader } = attachedProvider(context, otlp);
    const counter = provider.getMeter("m").createCounter("c");
    counter.add(2);
    await reader.forceFlush();
    lease.sureForMs = Infinity;
    counter.add(3);
    await reader.forceFlush();
    expect(batches).toEqual([2, 5]);
  });

  it("sends on its own terms what goes under the process's own identity", async () => {
    const { clock, lease, context } = still();
    lease.lose();
    const sink = await httpSink((_count, response) => {
      void clock.advance(60_000).then(() => response.writeHead(200).end());
    });
    const { provider, reader } = attachedProvider(
      { ...context, unnumberedHoldMs: 0 },
      create(sink.url),
    );
    provider.getMeter("m").createCounter("c").add(1);
    await reader.forceFlush();
    expect([sink.requests, sink.cut]).toEqual([1, 0]);
  });
});

/* oxlint-disable no-underscore-dangle -- The names are the SDK's. */
/** Calls `then` whenever the exporter asks for its headers. */
function onHeaders(exporter: PushMetricExporter, then: () => void): void {
  const { _delegate } = exporter as unknown as {
    _delegate: { _transport: { _transport: { _parameters: { headers: () => unknown } } } };
  };
  const parameters = _delegate._transport._transport._parameters;
  const { headers } = parameters;
  parameters.headers = () => {
    then();
    return headers();
  };
}

/** A reader that keeps its exporter where nobody finds it. */
class HidingReader extends MetricReader {
  readonly #exporter: PushMetricExporter;

  constructor(exporter: PushMetricExporter) {
    super({ aggregationTemporalitySelector: () => AggregationTemporality.CUMULATIVE });
    this.#exporter = exporter;
  }

  protected async onForceFlush(): Promise<void> {
    const { resourceMetrics } = await this.collect();
    if (resourceMetrics.scopeMetrics.length === 0) return;
    await new Promise<void>((done) => this.#exporter.export(resourceMetrics, () => done()));
  }

  protected async onShutdown(): Promise<void> {
    // Nothing runs.
  }
}

function hiding(
  exporter: PushMetricExporter,
  context: ReturnType<typeof setup>["context"],
): { reader: HidingReader; provider: MeterProvider } {
  const reader = attachReader(new HidingReader(exporter), context);
  const provider = new MeterProvider({ readers: [reader] });
  onTestFinished(() => provider.shutdown());
  return { reader, provider };
}

describe("a reader whose exporter is not found", () => {
  it("is gated when it collects, and said so once", async () => {
    const lines = said();
    const { lease, context } = still();
    const exporter = new ScriptedExporter();
    const { reader, provider } = hiding(exporter, context);
    const counter = provider.getMeter("m").createCounter("c");
    for (const amount of [1, 2, 4]) {
      counter.add(amount);
      await reader.forceFlush();
    }
    lease.grant(0, 2);
    counter.add(8);
    await reader.forceFlush();
    expect(exporter.last("c")).toMatchObject([{ value: 8 }]);
    lease.lose();
    await reader.forceFlush();
    expect(exporter.batches).toHaveLength(4);
    expect(lines.filter((line) => line.includes("taskmon.readers.gateExporter"))).toHaveLength(1);
  });

  it("is gated before each attempt when its exporter was", async () => {
    const lines = said();
    const { lease, held, clock, context } = still();
    const exporter = new ScriptedExporter();
    const { reader, provider } = hiding(gateExporter(exporter, clock), context);
    const { collect } = reader;
    const counter = provider.getMeter("m").createCounter("c");
    counter.add(1);
    reader.collect = async (options) => {
      const collected = await collect(options);
      lease.lose();
      return collected;
    };
    await reader.forceFlush();
    expect([exporter.batches.length, held]).toEqual([0, ["no_number"]]);
    reader.collect = collect;
    lease.grant(1, 2);
    await reader.forceFlush();
    await reader.forceFlush();
    expect(exporter.last("c")).toMatchObject([{ value: 1 }]);
    expect(lines.filter((line) => line.includes("taskmon.readers.gateExporter"))).toEqual([]);
  });
});

describe("a gated exporter", () => {
  it("is the given one in everything else, private parts included", async () => {
    const inner = new InMemoryMetricExporter(AggregationTemporality.DELTA);
    const gated = gateExporter(inner, manualClock());
    expect(gated.selectAggregationTemporality(undefined as never)).toBe(
      AggregationTemporality.DELTA,
    );
    expect(gated).toBeInstanceOf(InMemoryMetricExporter);
    expect(gateExporter(gated, manualClock())).toBe(gated);
    await gated.shutdown();
    expect(gated.getMetrics()).toBe(inner.getMetrics());
  });

  it("passes on what a reader collected that is not attached, and says so once", async () => {
    const lines = said();
    const inner = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const exporter = gateExporter(inner, manualClock());
    const reader = new PeriodicExportingMetricReader({ exporter });
    const provider = new MeterProvider({ readers: [reader] });
    onTestFinished(() => provider.shutdown());
    provider.getMeter("m").createCounter("c").add(1);
    await reader.forceFlush();
    await reader.forceFlush();
    expect(inner.getMetrics()).toHaveLength(2);
    expect(lines.filter((line) => line.includes("is not attached"))).toHaveLength(1);
  });

  it("reports an exporter that throws as a failed export", async () => {
    const { context } = still();
    const exporter = new ScriptedExporter();
    exporter.export = () => {
      throw new Error("broken");
    };
    const lines = said();
    const { provider, reader } = attachedProvider(context, exporter);
    provider.getMeter("m").createCounter("c").add(1);
    await reader.forceFlush();
    expect(lines.join("\n")).toContain("broken");
  });

  it("is refused to be made of what is none", () => {
    expect(() => gateExporter({} as never, manualClock())).toThrow(
      "Option exporter must be an object with a method export()",
    );
  });
});
