import { diag, DiagLogLevel } from "@opentelemetry/api";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-proto";
import { PrometheusExporter } from "@opentelemetry/exporter-prometheus";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  MetricReader,
} from "@opentelemetry/sdk-metrics";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import { attachReader, endReader, readerView } from "../../src/reader/attach.ts";
import { ExportsAbortedError } from "../../src/reader/index.ts";
import { manualClock } from "../../src/testing/manual-clock.ts";
import { attachedProvider, ScriptedExporter, setup, type Setup } from "./harness.ts";
import { type Answer, httpSink } from "./http-sink.ts";

const CUT = { code: "ERR_TASKMON_EXPORTS_ABORTED" };

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

/** A clock that stands still, with times of the machine for the SDK, and a number. */
function standing(): Setup {
  const made = setup(manualClock({ wallTime: Date.now() }));
  made.lease.grant(0, 1);
  return made;
}

/** An attached reader with one metric, and an OTLP exporter to a receiver that answers as told. */
async function otlp(made: Setup, answer: Answer) {
  const sink = await httpSink(answer);
  const exporter = new OTLPMetricExporter({ url: sink.url });
  const attached = attachedProvider(made.context, exporter);
  attached.provider.getMeter("m").createCounter("c").add(1);
  return { sink, ...attached };
}

describe("the end of a push reader", () => {
  it("is a last export", async () => {
    const made = standing();
    const { sink, reader } = await otlp(made, (_, response) => response.writeHead(200).end());
    await endReader(reader, { signal: new AbortController().signal });
    expect(sink.requests).toBe(1);
    expect(readerView(reader)).toMatchObject({ successes: 1 });
  });

  it("is no export where the number is not sure", async () => {
    const made = setup();
    const exporter = new ScriptedExporter();
    const { provider, reader } = attachedProvider(made.context, exporter);
    provider.getMeter("m").createCounter("c").add(1);
    await endReader(reader);
    expect([exporter.batches, made.held]).toEqual([[], ["no_number"]]);
  });

  it("waits for an export that had begun before, and exports what came since", async () => {
    const made = standing();
    const answers: (() => void)[] = [];
    const { sink, provider, reader } = await otlp(made, (_, response) => {
      answers.push(() => void response.writeHead(200).end());
    });
    const flush = reader.forceFlush();
    await sink.arrived(1);
    provider.getMeter("m").createCounter("c").add(1);
    let isOver = false;
    const ended = endReader(reader).then(() => (isOver = true));
    answers.shift()!();
    await sink.arrived(2);
    expect(isOver).toBe(false);
    answers.shift()!();
    await ended;
    await flush;
    expect(readerView(reader)).toMatchObject({ successes: 2, batchesInFlight: 0 });
  });

  it("waits for what a reader of one's own sends beside its flush", async () => {
    const made = standing();
    const exporter = new ScriptedExporter();
    const { provider, reader } = attachedProvider(made.context, exporter);
    provider.getMeter("m").createCounter("c").add(1);
    const flush = reader.forceFlush.bind(reader);
    let answer = (): void => undefined;
    exporter.export = (_, done) => {
      answer = (): void => done({ code: 0 });
    };
    // As where a run of the interval goes on beside the flush.
    const run = flush();
    reader.forceFlush = async () => undefined;
    let isOver = false;
    const ended = endReader(reader).then(() => (isOver = true));
    await made.clock.advance(0);
    expect([isOver, readerView(reader)!.batchesInFlight]).toEqual([false, 1]);
    answer();
    await ended;
    await run;
    reader.forceFlush = flush;
  });

  it("waits for a collection under way, and for the export of it", async () => {
    const made = standing();
    const exporter = new ScriptedExporter();
    const { provider, reader } = attachedProvider(made.context, exporter);
    let collected = (): void => undefined;
    const slow = new Promise<void>((resolve) => {
      collected = resolve;
    });
    provider
      .getMeter("m")
      .createObservableGauge("g")
      .addCallback(async (result) => {
        await slow;
        result.observe(1);
      });
    const flush = reader.forceFlush.bind(reader);
    const run = flush();
    reader.forceFlush = async () => undefined;
    const ended = endReader(reader).then(() => exporter.batches.length);
    collected();
    expect(await ended).toBe(1);
    await run;
    reader.forceFlush = flush;
  });

  it("rejects as its flush does, when all is over", async () => {
    const made = standing();
    const exporter = new ScriptedExporter();
    exporter.forceFlush = async () => {
      throw new Error("no such disk");
    };
    const { provider, reader } = attachedProvider(made.context, exporter);
    provider.getMeter("m").createCounter("c").add(1);
    await expect(endReader(reader)).rejects.toThrow("no such disk");
    expect(exporter.batches).toHaveLength(1);
    exporter.forceFlush = async () => undefined;
    reader.forceFlush = () => {
      throw new Error("at once");
    };
    await expect(endReader(reader)).rejects.toThrow("at once");
  });

  it("is none while off: it exports in its own time, and nobody cuts it off", async () => {
    const made = standing();
    made.mode.now = "off";
    const exporter = new ScriptedExporter();
    let answer = (): void => undefined;
    exporter.export = (_, done) => {
      exporter.attempts += 1;
      answer = (): void => done({ code: 0 });
    };
    const { provider, reader } = attachedProvider(made.context, exporter);
    provider.getMeter("m").createCounter("c").add(1);
    await endReader(reader);
    expect(exporter.attempts).toBe(0);
    const flush = reader.forceFlush();
    await made.clock.advance(0);
    await endReader(reader, { signal: AbortSignal.abort() });
    answer();
    await flush;
    expect(readerView(reader)).toMatchObject({ successes: 1, isHeld: false });
    made.mode.now = "on";
  });
});

describe("cut off, a push reader", () => {
  /** Ends the reader with a signal that aborts once `when` has settled. */
  async function cutOff(reader: Parameters<typeof endReader>[0], when: Promise<unknown>) {
    const controller = new AbortController();
    const reason = new Error("the deadline");
    const ended = endReader(reader, { signal: controller.signal });
    await when;
    controller.abort(reason);
    const error: unknown = await ended.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ExportsAbortedError);
    expect(error).toMatchObject({ ...CUT, cause: reason });
    return error as ExportsAbortedError;
  }

  it("destroys the request of a receiver that never answers", async () => {
    const made = standing();
    const { sink, reader } = await otlp(made, () => undefined);
    const error = await cutOff(reader, sink.arrived(1));
    await sink.wasCut(1);
    expect(error.message).toBe(
      "The last export of PeriodicExportingMetricReader was cut off, with 1 unfinished batches",
    );
    expect(readerView(reader)).toMatchObject({ batchesInFlight: 0, failures: 1, isHeld: true });
    // Neither does its own end send anything, or wait for anybody.
    await reader.forceFlush();
    await reader.shutdown();
    expect(sink.requests).toBe(1);
  });

  it("does not retry", async () => {
    const made = standing();
    const { sink, reader } = await otlp(made, (_, response) => {
      response.writeHead(503, { "retry-after": "1" }).end();
    });
    const controller = new AbortController();
    const ended = endReader(reader, { signal: controller.signal });
    await sink.arrived(1);
    // Within the second until it would be repeated.
    await new Promise((resolve) => void setTimeout(resolve, 100));
    controller.abort();
    await expect(ended).rejects.toMatchObject(CUT);
    await new Promise((resolve) => void setTimeout(resolve, 1_500));
    expect(sink.requests).toBe(1);
  });

  it.each(["numbered", "unnumbered"])(
    "lets go of an exporter that never calls back: %s",
    async (how) => {
      const made = standing();
      if (how === "unnumbered") made.lease.lose();
      const exporter = new ScriptedExporter();
      const calls: ((result: { code: number }) => void)[] = [];
      exporter.export = (_, done) => void calls.push(done);
      const { provider, reader } = attachedProvider(
        { ...made.context, unnumberedHoldMs: 0 },
        exporter,
      );
      provider.getMeter("m").createCounter("c").add(1);
      const flush = reader.forceFlush();
      await cutOff(reader, made.clock.advance(0));
      // What it says later changes nothing.
      for (const call of calls) call({ code: 0 });
      await flush;
      expect(readerView(reader)).toMatchObject({ successes: 0, failures: 1, batchesInFlight: 0 });
      expect(calls).toHaveLength(1);
    },
  );

  it("lets go of a flush that never settles, and of what it does afterwards", async () => {
    const made = standing();
    const exporter = new ScriptedExporter();
    const { provider, reader } = attachedProvider(made.context, exporter);
    provider.getMeter("m").createCounter("c").add(1);
    const flush = reader.forceFlush.bind(reader);
    reader.forceFlush = () => new Promise<void>(() => undefined);
    await cutOff(reader, Promise.resolve());
    await flush();
    expect([exporter.attempts, made.held]).toEqual([0, ["ended"]]);
    reader.forceFlush = flush;
  });

  it("keeps back a batch that was collected before", async () => {
    const made = standing();
    const exporter = new ScriptedExporter();
    const { provider, reader } = attachedProvider(made.context, exporter);
    provider.getMeter("m").createCounter("c").add(1);
    const { collect } = reader;
    reader.collect = async (options) => {
      const collected = await collect(options);
      await expect(endReader(reader, { signal: AbortSignal.abort() })).rejects.toMatchObject(CUT);
      return collected;
    };
    await reader.forceFlush();
    expect([exporter.attempts, made.held]).toEqual([0, ["ended"]]);
  });
});

describe("beside the reader's own shutdown, its end", () => {
  it("after it is nothing, also with a signal that has aborted", async () => {
    listenToDiag();
    const made = standing();
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const { provider, reader } = attachedProvider(made.context, exporter);
    provider.getMeter("m").createCounter("c").add(1);
    await reader.shutdown();
    await endReader(reader);
    await endReader(reader, { signal: AbortSignal.abort() });
    expect(exporter.getMetrics()).toHaveLength(1);
    // The SDK warns of a flush after the shutdown.
    expect(lines).toEqual([]);
  });

  it("meanwhile is that shutdown's, and does not wait for what follows it", async () => {
    const made = standing();
    const answers: (() => void)[] = [];
    let shutDown = (): void => undefined;
    const others = new Promise<void>((resolve) => {
      shutDown = resolve;
    });
    // As where the last reader's end is the whole object's, which ends every reader.
    const context = { ...made.context, onShutdown: () => others };
    const { sink, reader } = await otlp({ ...made, context }, (_, response) => {
      answers.push(() => void response.writeHead(200).end());
    });
    const own = reader.shutdown();
    await sink.arrived(1);
    const ended = endReader(reader);
    answers.shift()!();
    await ended;
    expect([sink.requests, readerView(reader)!.successes]).toEqual([1, 1]);
    shutDown();
    await own;
  });

  it("meanwhile cuts it off when its time is over", async () => {
    const made = standing();
    const { sink, reader } = await otlp(made, () => undefined);
    const own = reader.shutdown();
    await sink.arrived(1);
    const ended = endReader(reader, { signal: AbortSignal.abort() });
    await expect(ended).rejects.toMatchObject(CUT);
    await own;
    await sink.wasCut(1);
  });

  it("before it leaves the shutdown only what came since", async () => {
    const made = standing();
    const exporter = new ScriptedExporter(AggregationTemporality.DELTA);
    const { provider, reader } = attachedProvider(made.context, exporter);
    const counter = provider.getMeter("m").createCounter("c");
    counter.add(2);
    await endReader(reader);
    counter.add(3);
    await reader.shutdown();
    expect(
      exporter.batches.map((batch) => batch.scopeMetrics[0]!.metrics[0]!.dataPoints[0]!.value),
    ).toEqual([2, 3]);
  });
});

it("is nothing for a pull reader, and for one that is not attached", async () => {
  const made = standing();
  const signal = AbortSignal.abort();
  const reader = attachReader(new PrometheusExporter({ preventServerStart: true }), made.context);
  const provider = new MeterProvider({ readers: [reader] });
  onTestFinished(() => provider.shutdown());
  provider.getMeter("m").createCounter("c").add(1);
  await endReader(reader, { signal });
  const { resourceMetrics } = await reader.collect();
  expect(resourceMetrics.scopeMetrics).toHaveLength(1);
  class Foreign extends MetricReader {
    async onForceFlush(): Promise<void> {
      throw new Error("not ours to flush");
    }
    async onShutdown(): Promise<void> {
      // Nothing runs.
    }
  }
  await endReader(new Foreign(), { signal });
});
