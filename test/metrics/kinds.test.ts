import { describe, expect, it } from "vitest";
import { MetricRegistry } from "../../src/metrics/registry.ts";
import { streamsFor } from "./streams-for.ts";
import { CUMULATIVE } from "../../src/points/types.ts";
import {
  defineDistribution,
  defineExponentialHistogram,
  defineState,
} from "../../src/metrics/spec.ts";

const base = { service: "0xa", help: "A thing." } as const;

/** The points of one metric as attributes and value, by our own producer. */
function points(registry: MetricRegistry, name: string): unknown[] {
  return streamsFor(registry, () => CUMULATIVE)
    .collect(Date.now())
    .flatMap(({ metrics }) => metrics)
    .filter(({ descriptor }) => descriptor.name === name)
    .flatMap(({ dataPoints }) => dataPoints.map(({ attributes, value }) => [attributes, value]));
}

describe("a state", () => {
  const spec = defineState({ ...base, id: "0x1", name: "job.state", labels: ["job"] });
  const registry = (): MetricRegistry => new MetricRegistry({ delivery: "auto" });

  it("is a series of one that names it, and the state before leaves", () => {
    const metrics = registry();
    const state = metrics.state(spec);
    state.set("running", { job: "a" });
    state.set("idle", { job: "b" });
    state.set("failed", { job: "a" });
    expect(points(metrics, "job.state")).toEqual([
      [{ job: "b", state: "idle" }, 1],
      [{ job: "a", state: "failed" }, 1],
    ]);
  });

  it("may be a truth value, and come back", () => {
    const metrics = registry();
    const state = metrics.state(
      defineState({ ...base, id: "0x2", name: "leader", stateLabel: "is_leader" }),
    );
    const bound = state.bind();
    for (const value of [true, false, true]) bound.set(value);
    expect(points(metrics, "leader")).toEqual([[{ is_leader: "true" }, 1]]);
  });

  it("is removed by its labels, and cleared", () => {
    const metrics = registry();
    const state = metrics.state(spec);
    state.set("running", { job: "a" });
    state.set("running", { job: "b" });
    expect(state.remove({ job: "a" })).toBe(true);
    expect(state.remove({ job: "a" })).toBe(false);
    expect(points(metrics, "job.state")).toHaveLength(1);
    state.clear();
    expect(points(metrics, "job.state")).toEqual([]);
  });

  it("is the same handle for the same spec, and keeps to one series for each label set", () => {
    const metrics = registry();
    metrics.state(spec).set("running", { job: "a" });
    metrics.state(spec).set("idle", { job: "a" });
    expect(points(metrics, "job.state")).toEqual([[{ job: "a", state: "idle" }, 1]]);
  });

  it("drops a wrong label set, and what is neither text nor truth value", () => {
    const metrics = registry();
    metrics.state(spec).set("running", {} as never);
    metrics.state(spec).set(7 as never, { job: "a" });
    expect(points(metrics, "job.state")).toEqual([]);
    expect(points(metrics, "taskmon.measurements.dropped")).toEqual([
      [{ "taskmon.reason": "wrong_labels" }, 2],
    ]);
  });

  it("names no state in the overflow series", () => {
    const metrics = registry();
    const few = defineState({ ...base, id: "0x3", name: "few", labels: ["job"], maxSeries: 1 });
    const state = metrics.state(few);
    state.set("running", { job: "a" });
    state.set("running", { job: "b" });
    state.set("idle", { job: "b" });
    expect(points(metrics, "few")).toEqual([
      [{ job: "a", state: "running" }, 1],
      [{ "otel.metric.overflow": true }, 1],
    ]);
  });

  it("refuses a state label that is declared already", () => {
    expect(() => defineState({ ...base, id: "0x4", name: "x", labels: ["state"] })).toThrow(
      "label state is declared twice",
    );
  });
});

describe("a distribution", () => {
  const spec = defineDistribution({
    ...base,
    id: "0x5",
    name: "queue.ages",
    labels: ["queue"],
    buckets: [1, 10],
  });

  it("holds what it was last set to, and begins anew each time", () => {
    // Also under the delivery by instruments: OpenTelemetry has no instrument for it.
    const metrics = new MetricRegistry();
    const ages = metrics.distribution(spec);
    ages.set([0.5, 5, 50], { queue: "a" });
    ages.bind({ queue: "a" }).set([2]);
    ages.set([], { queue: "b" });
    expect(points(metrics, "queue.ages")).toEqual([
      [
        { queue: "a" },
        { buckets: { boundaries: [1, 10], counts: [0, 1, 0] }, sum: 2, count: 1, min: 2, max: 2 },
      ],
      [{ queue: "b" }, { buckets: { boundaries: [1, 10], counts: [0, 0, 0] }, sum: 0, count: 0 }],
    ]);
    expect(ages.remove({ queue: "b" })).toBe(true);
    expect(points(metrics, "queue.ages")).toHaveLength(1);
  });

  it("keeps what it held where the values cannot be read, and drops those that are no numbers", () => {
    const metrics = new MetricRegistry({ delivery: "auto" });
    const ages = metrics.distribution(spec);
    ages.set([5, Number.NaN], { queue: "a" });
    ages.set(null as never, { queue: "a" });
    expect(points(metrics, "queue.ages")).toMatchObject([[{ queue: "a" }, { count: 1, sum: 5 }]]);
    expect(points(metrics, "taskmon.measurements.dropped")).toEqual([
      [{ "taskmon.reason": "not_finite" }, 1],
      [{ "taskmon.reason": "failed" }, 1],
    ]);
  });
});

describe("an exponential histogram", () => {
  it("spreads its buckets over what was measured", () => {
    const metrics = new MetricRegistry({ delivery: "auto" });
    const spec = defineExponentialHistogram({ ...base, id: "0x6", name: "sizes" });
    const sizes = metrics.exponentialHistogram(spec);
    for (const size of [0, 1, 1_000_000]) sizes.record(size);
    expect(points(metrics, "sizes")).toMatchObject([
      [{}, { count: 3, zeroCount: 1, sum: 1_000_001, min: 0, max: 1_000_000 }],
    ]);
  });
});
