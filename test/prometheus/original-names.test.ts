import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { expect, it, onTestFinished } from "vitest";
import { defineCounter, defineHistogram, hexNaming } from "../../src/metrics/index.ts";
import { prometheusReader, type PrometheusReader } from "../../src/prometheus/index.ts";
import { taskmon } from "./harness.ts";
import { parse } from "./parse.ts";
import { OPENMETRICS } from "./streams.ts";

const service = { id: "0xb1", name: "shop" };
const orders = defineCounter({ service, id: "0x1", name: "orders", help: "Orders.", unit: "By" });
const wait = defineHistogram({
  ...{ service, id: "0x2", name: "wait", help: "Waits.", unit: "s" },
  buckets: [1],
});
const hex = { naming: hexNaming("op") };

type Parts = { readonly reader: PrometheusReader; readonly metrics: ReturnType<typeof taskmon> };

/** A Taskmon with a provider whose only reader is ours. */
function whole(options: Parameters<typeof taskmon>[0]): Parts {
  const one = taskmon(options);
  const reader = one.attach(prometheusReader());
  one.setMeterProvider(provider(reader, one.views));
  return { reader, metrics: one };
}

function provider(reader: PrometheusReader, views: readonly object[]): MeterProvider {
  const made = new MeterProvider({ readers: [reader], views: [...views] as never });
  onTestFinished(() => made.shutdown());
  return made;
}

// By which way our metrics come to the reader.
const WAYS: Readonly<Record<string, () => Parts>> = {
  "where they are kept": () => whole(hex),
  "through the SDK's instruments": () => whole({ ...hex, delivery: "instruments" }),
  "by a collect that somebody has replaced": () => {
    const parts = whole(hex);
    const { collect } = parts.reader;
    parts.reader.collect = (options) => collect.call(parts.reader, options);
    return parts;
  },
  "from a second Taskmon beside the one that attached it": () => {
    const second = taskmon(hex);
    const first = taskmon(hex);
    const reader = first.attach(prometheusReader());
    const shared = provider(reader, second.views);
    first.setMeterProvider(shared);
    second.setMeterProvider(shared);
    return { reader, metrics: second };
  },
};

it.each(Object.keys(WAYS))("keeps the original's names %s", async (way) => {
  const { reader, metrics } = WAYS[way]!();
  metrics.metrics.counter(orders).add(3);
  metrics.metrics.histogram(wait).record(0.5);
  const text = parse(await reader.text());
  expect(text.types.get("op_b1_1")).toBe("counter");
  expect(text.types.get("op_b1_2")).toBe("histogram");
  const ours = text.samples.filter(({ name }) => /^(op_b1|orders|wait)/.test(name));
  expect(new Set(ours.map(({ name }) => name))).toEqual(
    new Set(["op_b1_1", "op_b1_2_bucket", "op_b1_2_sum", "op_b1_2_count"]),
  );
  // Taskmon's own metrics too.
  expect(
    text.samples.map(({ name }) => name).filter((name) => /_(total|seconds)$/.test(name)),
  ).toEqual([]);
  const openMetrics = parse(await reader.text({ accept: OPENMETRICS }));
  expect(openMetrics.types.get("op_b1_1")).toBe("unknown");
});

it("translates the name that somebody's own view gives such a metric", async () => {
  const one = taskmon({ ...hex, delivery: "instruments" });
  const reader = one.attach(prometheusReader());
  const view = { instrumentName: "op_b1_1", name: "own.name" };
  one.setMeterProvider(provider(reader, [view]));
  one.metrics.counter(orders).add(3);
  expect(await reader.text()).toMatch(/^own_name_bytes_total\{.*\} 3$/m);
});
