import { context, type Span, trace, TraceFlags } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { afterAll, beforeAll, expect, it } from "vitest";
import { defineCounter, defineHistogram, MetricRegistry } from "../../../src/metrics/index.ts";
import { RegistryStreams } from "../../../src/metrics/streams/registry-streams.ts";

const service = { id: "0x77", name: "shop" } as const;
const placed = defineCounter({
  service,
  id: "0x1",
  name: "placed",
  help: "Placed.",
  labels: ["by"],
});
const took = defineHistogram({
  service,
  id: "0x2",
  name: "took",
  help: "Took.",
  buckets: [1, 10],
  unit: "s",
});

const traceId = "0af7651916cd43dd8448eb211c80319c";
let spans = 0;

/** Runs `call` inside a span. @returns the span's id */
function inSpan(call: () => void, flags: number = TraceFlags.SAMPLED): string {
  const spanId = (++spans).toString(16).padStart(16, "0");
  const span: Span = trace.wrapSpanContext({ traceId, spanId, traceFlags: flags });
  context.with(trace.setSpan(context.active(), span), call);
  return spanId;
}

beforeAll(
  () => void context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()),
);
afterAll(() => context.disable());

/** What a reader gets, by metric. */
function collected(registry: MetricRegistry): Record<string, unknown[]> {
  const streams = new RegistryStreams(registry, { reader: {}, views: () => undefined });
  const metrics = streams.collect(Date.now()).flatMap((scope) => scope.metrics);
  return Object.fromEntries(
    metrics.map(({ descriptor, dataPoints }) => [
      descriptor.name,
      dataPoints.flatMap(({ exemplars = [] }) => exemplars),
    ]),
  );
}

it("keeps the last measurement in a sampled span, of a counter by series and of a histogram by bucket", () => {
  const registry = new MetricRegistry({ exemplars: "traced" });
  const counter = registry.counter(placed);
  const histogram = registry.histogram(took);
  inSpan(() => counter.add(1, { by: "a" }));
  const last = inSpan(() => counter.add(2, { by: "a" }));
  const other = inSpan(() => counter.bind({ by: "b" }).add(3));
  const low = inSpan(() => histogram.record(0.5));
  inSpan(() => histogram.record(5));
  const middle = inSpan(() => histogram.bind().record(6));

  expect(collected(registry)).toMatchObject({
    placed: [
      { value: 2, traceId, spanId: last },
      { value: 3, traceId, spanId: other },
    ],
    took: [
      { value: 0.5, traceId, spanId: low },
      { value: 6, traceId, spanId: middle },
    ],
  });
});

it("keeps none outside of a span, and none of a span that is not sampled", () => {
  const registry = new MetricRegistry({ exemplars: "traced" });
  registry.counter(placed).add(1, { by: "a" });
  inSpan(() => registry.counter(placed).add(1, { by: "a" }), TraceFlags.NONE);
  expect(collected(registry)["placed"]).toEqual([]);
});

it("keeps none by default", () => {
  const registry = new MetricRegistry();
  inSpan(() => registry.counter(placed).add(1, { by: "a" }));
  inSpan(() => registry.histogram(took).record(1));
  expect(collected(registry)).toMatchObject({ placed: [], took: [] });
});
