import { diag, DiagLogLevel } from "@opentelemetry/api";
import { PrometheusExporter } from "@opentelemetry/exporter-prometheus";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { AggregationTemporality, MeterProvider } from "@opentelemetry/sdk-metrics";
import { afterEach, expect, it, onTestFinished } from "vitest";
import { defineCounter } from "../../src/metrics/spec.ts";
import { attachReader, endReader, readerView } from "../../src/reader/attach.ts";
import type { ReaderMode } from "../../src/reader/context.ts";
import { attachedProvider, ScriptedExporter, setup } from "./harness.ts";

const orders = defineCounter({ service: "0xa", id: "0x1", name: "orders", help: "Orders." });

afterEach(() => diag.disable());

it("sends nothing at all from a desk, and nobody hears of it", async () => {
  const lines: string[] = [];
  const say = (...parts: unknown[]): void => void lines.push(parts.map(String).join(" "));
  diag.setLogger(
    { error: say, warn: say, info: say, debug: () => undefined, verbose: () => undefined },
    { logLevel: DiagLogLevel.INFO, suppressOverrideMessage: true },
  );
  const silences: unknown[] = [];
  const made = setup(undefined, { onSilent: (silence) => silences.push(silence) });
  made.mode.now = "desk";
  const exporter = new ScriptedExporter(AggregationTemporality.DELTA);
  const { provider, reader } = attachedProvider(made.context, exporter, {
    attach: { intervalMs: 1_000 },
  });
  provider.getMeter("m").createCounter("c").add(1);
  for (let round = 0; round < 20; round++) {
    await reader.forceFlush();
    await made.clock.advance(100_000);
  }
  await endReader(reader, { signal: new AbortController().signal });
  await reader.shutdown();
  expect(exporter.batches).toEqual([]);
  expect([made.held, silences, lines]).toEqual([[], [], []]);
  expect(readerView(reader)).toMatchObject({ isHeld: true, failures: 0, held: 0 });
});

it("keeps an export back that was collected before", async () => {
  const made = setup();
  const exporter = new ScriptedExporter();
  const { provider, reader } = attachedProvider(made.context, exporter);
  provider.getMeter("m").createCounter("c").add(1);
  made.lease.grant(0, 1);
  const { collect } = reader;
  reader.collect = async (options) => {
    const collected = await collect(options);
    made.mode.now = "desk";
    return collected;
  };
  await reader.forceFlush();
  expect(exporter.batches).toEqual([]);
});

it("loses nothing of what it had collected when it came to the desk", async () => {
  const made = setup();
  const exporter = new ScriptedExporter(AggregationTemporality.DELTA);
  const { provider, reader } = attachedProvider(made.context, exporter);
  const meter = provider.getMeter("m");
  meter.createCounter("c").add(4);
  let mode: ReaderMode = "desk";
  meter.createObservableGauge("g").addCallback((result) => {
    made.mode.now = mode;
    result.observe(1);
  });
  made.lease.grant(0, 1);
  await reader.forceFlush();
  expect(exporter.batches).toEqual([]);
  made.mode.now = mode = "on";
  await reader.forceFlush();
  expect(exporter.last("c")).toMatchObject([{ value: 4 }]);
});

it.each([false, true])("answers scrapes as the process itself, with hold: %s", async (hold) => {
  const made = setup();
  made.mode.now = "desk";
  const reader = attachReader(new PrometheusExporter({ preventServerStart: true }), made.context, {
    hold,
  });
  const provider = new MeterProvider({
    readers: [reader],
    resource: resourceFromAttributes({ "service.name": "s", "process.pid": 1 }),
  });
  onTestFinished(() => provider.shutdown());
  made.context.registry.setMeterProvider(provider);
  made.context.registry.counter(orders).add(3);
  const { resourceMetrics } = await reader.collect();
  expect(resourceMetrics.resource.attributes).toEqual({
    "service.name": "s",
    "process.pid": 1,
    "service.instance.id": "own",
  });
  const [metric] = resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics);
  expect(metric).toMatchObject({ descriptor: { name: "orders" }, dataPoints: [{ value: 3 }] });
  expect(made.held).toEqual([]);
});
