import { describe, expect, it } from "vitest";
import { MetricRegistry } from "../../src/metrics/registry.ts";
import { defineCounter, defineHistogram } from "../../src/metrics/spec.ts";
import type { RegistryStreams } from "../../src/metrics/streams/registry-streams.ts";
import { CUMULATIVE, DELTA, type HistogramLike } from "../../src/points/types.ts";
import { streamsFor } from "../metrics/streams-for.ts";

const base = { service: "0xa", help: "For this test." } as const;
const orders = defineCounter({ ...base, id: "0x1", name: "orders", labels: ["currency"] });
const wait = defineHistogram({
  ...base,
  id: "0x2",
  name: "wait",
  labels: ["currency"],
  buckets: [1],
});
const EUR = { currency: "EUR" };

interface Seen {
  readonly value: number;
  readonly startMs: number;
  readonly endMs: number;
}

function ms([seconds, nanos]: readonly [number, number]): number {
  return seconds * 1_000 + nanos / 1e6;
}

/** A registry with a clock that stands still, which is the hardest case: no time passes at all. */
function start(temporality: number): {
  registry: MetricRegistry;
  collect(name: string): Seen[];
} {
  const nowMs = 1_000_000;
  const registry = new MetricRegistry({ now: () => nowMs });
  const streams: RegistryStreams = streamsFor(registry, () => temporality);
  return {
    registry,
    collect: (name) =>
      streams
        .collect(nowMs)
        .flatMap(({ metrics }) => metrics)
        .filter(({ descriptor }) => descriptor.name === name)
        .flatMap(({ dataPoints }) => dataPoints)
        .map(({ value, startTime, endTime }) => ({
          value: typeof value === "number" ? value : (value as HistogramLike).count,
          startMs: ms(startTime),
          endMs: ms(endTime),
        })),
  };
}

const ways = [
  ["remove", (registry: MetricRegistry) => void registry.counter(orders).remove(EUR)],
  ["clear", (registry: MetricRegistry) => registry.counter(orders).clear()],
  ["unregister", (registry: MetricRegistry) => void registry.unregister(orders)],
] as const;

// A delta reader got 3 and 5 instead of 3 and 8; a cumulative one 3, then 8 with the same start time, so
// that a backend counted 8 of 11.
describe.each(ways)("a counter after %s", (_, remove) => {
  it("tells a delta reader all that was added", () => {
    const { registry, collect } = start(DELTA);
    registry.counter(orders).add(3, EUR);
    expect(collect("orders")).toMatchObject([{ value: 3 }]);
    remove(registry);
    expect(collect("orders")).toEqual([]);
    registry.counter(orders).add(8, EUR);
    expect(collect("orders")).toMatchObject([{ value: 8 }]);
  });

  it("begins a new life for a cumulative reader: at zero, with a later start", () => {
    const { registry, collect } = start(CUMULATIVE);
    registry.counter(orders).add(3, EUR);
    const [first] = collect("orders");
    remove(registry);
    expect(collect("orders")).toEqual([]);
    registry.counter(orders).add(8, EUR);
    const [second] = collect("orders");
    expect([first!.value, second!.value]).toEqual([3, 8]);
    expect(second!.startMs).toBeGreaterThan(first!.startMs);
    expect(second!.startMs).toBeGreaterThanOrEqual(first!.endMs);
    expect(second!.endMs).toBeGreaterThanOrEqual(second!.startMs);
  });

  it.each([CUMULATIVE, DELTA])("loses nothing between two collections (%s)", (temporality) => {
    const { registry, collect } = start(temporality);
    registry.counter(orders).add(3, EUR);
    collect("orders");
    registry.counter(orders).add(2, EUR);
    remove(registry);
    registry.counter(orders).add(8, EUR);
    const lives = [...collect("orders"), ...collect("orders"), ...collect("orders")];
    // Of a cumulative stream the last value of each life counts.
    expect(lives.map(({ value }) => value)).toEqual(temporality === DELTA ? [2, 8] : [5, 8, 8]);
  });
});

it.each([CUMULATIVE, DELTA])("a histogram begins anew as well (%s)", (temporality) => {
  const { registry, collect } = start(temporality);
  const histogram = registry.histogram(wait);
  const bound = histogram.bind(EUR);
  bound.record(0.5);
  const [first] = collect("wait");
  histogram.remove(EUR);
  expect(collect("wait")).toEqual([]);
  bound.record(2);
  bound.record(2);
  const [second] = collect("wait");
  expect(second!.value).toBe(2);
  expect(second!.startMs).toBeGreaterThanOrEqual(first!.endMs);
});

it("counts once where a bound handle and new labels bring one series back", () => {
  const { registry, collect } = start(CUMULATIVE);
  const counter = registry.counter(orders);
  const bound = counter.bind(EUR);
  bound.add(1);
  counter.remove(EUR);
  collect("orders");
  counter.add(1, EUR);
  bound.add(2);
  expect(collect("orders")).toMatchObject([{ value: 3 }]);
});
