import { expect, it } from "vitest";
import { CUMULATIVE, DELTA, type HistogramLike, type Temporality } from "../../src/points/types.ts";
import { MetricRegistry } from "../../src/metrics/registry.ts";
import { defineCounter, defineGauge, defineHistogram } from "../../src/metrics/spec.ts";
import { streamsFor } from "./streams-for.ts";

const base = { service: "0xa", help: "For this test.", labels: ["dst"] } as const;
const runs = defineCounter({ ...base, id: "0x1", name: "runs" });
const last = defineGauge({ ...base, id: "0x2", name: "last" });
const took = defineHistogram({ ...base, id: "0x3", name: "took", buckets: [1, 2] });
const labels = { dst: "a" };

function start(temporality: Temporality) {
  const registry = new MetricRegistry({ delivery: "auto" });
  const producer = streamsFor(registry, () => temporality);
  const handles = [registry.counter(runs), registry.gauge(last), registry.histogram(took)] as const;
  const hide = (): boolean[] => handles.map((handle) => handle.hide(labels));
  const show = (): boolean[] => handles.map((handle) => handle.show(labels));
  const collect = () => {
    const points = producer
      .collect(Date.now())
      .flatMap(({ metrics }) => metrics)
      .flatMap(({ descriptor, dataPoints }) =>
        dataPoints.map(({ value, startTime }) => ({
          name: descriptor.name,
          value: typeof value === "number" ? value : (value as HistogramLike).count,
          startTime,
        })),
      );
    return {
      starts: points.map(({ startTime }) => startTime),
      values: Object.fromEntries(points.map(({ name, value }) => [name, value])),
    };
  };
  const record = (): void => {
    handles[0].add(1, labels);
    handles[1].set(7, labels);
    handles[2].record(1, labels);
  };
  return { registry, handles, hide, show, record, collect };
}

it("takes a hidden series out of a collection, and shows it with what came meanwhile", () => {
  const { hide, show, record, collect } = start(CUMULATIVE);
  record();
  const before = collect();
  expect(hide()).toEqual([true, true, true]);
  expect(hide()).toEqual([false, false, false]);
  record();
  expect(collect().values).toEqual({});
  expect(show()).toEqual([true, true, true]);
  expect(show()).toEqual([false, false, false]);
  const after = collect();
  expect(after.values).toEqual({ runs: 2, last: 7, took: 2 });
  expect(after.starts).toEqual(before.starts);
});

it("tells a reader of differences what a series took while it was hidden, once", () => {
  const { hide, show, record, collect } = start(DELTA);
  record();
  expect(collect().values).toEqual({ runs: 1, last: 7, took: 1 });
  hide();
  record();
  record();
  expect(collect().values).toEqual({});
  show();
  expect(collect().values).toEqual({ runs: 2, last: 7, took: 2 });
});

it("begins at zero where a hidden series was removed", () => {
  const { hide, handles, record, collect } = start(CUMULATIVE);
  record();
  hide();
  for (const handle of handles) expect(handle.remove(labels)).toBe(true);
  for (const handle of handles) expect(handle.show(labels)).toBe(false);
  expect(collect().values).toEqual({});
  record();
  expect(collect().values).toEqual({ runs: 1, last: 7, took: 1 });
});

it("keeps a gauge hidden that is set for the first time", () => {
  const { handles, collect } = start(CUMULATIVE);
  const bound = handles[1].bind(labels);
  handles[1].hide(labels);
  bound.set(3);
  expect(collect().values).toEqual({});
  handles[1].show(labels);
  expect(collect().values).toEqual({ last: 3 });
});

it("leaves a hidden series as it was while its metric is off", () => {
  const { registry, hide, show, record, collect } = start(CUMULATIVE);
  record();
  hide();
  registry.turn(() => false);
  record();
  registry.turn(() => true);
  show();
  expect(collect().values).toEqual({ runs: 1, last: 7, took: 1 });
});

it("clears hidden series too", () => {
  const { handles, hide, show, record, collect } = start(CUMULATIVE);
  record();
  hide();
  for (const handle of handles) handle.clear();
  show();
  expect(collect().values).toEqual({});
});

it("prepares a collection, also where that throws", () => {
  const { registry, handles, collect } = start(CUMULATIVE);
  const end = registry.beforeCollection(() => handles[0].add(1, labels));
  registry.beforeCollection(() => {
    throw new Error("not today");
  });
  expect(collect().values).toEqual({ runs: 1 });
  end();
  expect(collect().values).toEqual({ runs: 1 });
});
