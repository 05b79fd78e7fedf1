import { expect, it } from "vitest";
import { MetricRegistry } from "../../src/metrics/registry.ts";
import {
  defineCounter,
  defineGauge,
  defineHistogram,
  type MetricSpec,
} from "../../src/metrics/spec.ts";

const help = "A thing.";
const labels = ["a"] as const;
const specs = {
  counters: defineCounter({ service: "0xa", id: "0x10", name: "c", help }),
  counterVectors: defineCounter({ service: "0xa", id: "0x2", name: "cv", help, labels }),
  gauges: defineGauge({ service: "0xb", id: "0x3", name: "g", help }),
  gaugeVectors: defineGauge({ service: "0xb", id: "0x4", name: "gv", help, labels }),
  histograms: defineHistogram({ service: "0xb", id: "0x5", name: "h", help, buckets: [1] }),
  histogramVectors: defineHistogram({
    service: "0xb",
    id: "0x6",
    name: "hv",
    help,
    labels,
    buckets: [1],
  }),
} as const;

function registered(): MetricRegistry {
  const registry = new MetricRegistry();
  for (const spec of [specs.counters, specs.counterVectors]) registry.counter(spec);
  for (const spec of [specs.gauges, specs.gaugeVectors]) registry.gauge(spec);
  for (const spec of [specs.histograms, specs.histogramVectors]) registry.histogram(spec);
  return registry;
}

it.each(Object.keys(specs) as (keyof typeof specs)[])(
  "looks %s up by service and metric, and nothing else there",
  (kind) => {
    const { catalogue } = registered();
    const spec: MetricSpec = specs[kind];
    expect(catalogue[kind].get(spec.service.id, spec.id)).toBe(spec);
    expect(catalogue[kind].ids(spec.service.id)).toEqual([spec.id]);
    expect(catalogue[kind].byService().get(spec.service.id)).toEqual([spec.id]);
    const others = Object.values(specs).filter((other) => other !== spec);
    for (const other of others) {
      expect(catalogue[kind].get(other.service.id, other.id)).toBeUndefined();
    }
  },
);

it("gives undefined and nothing for what is unknown, and takes ids in every form", () => {
  const { catalogue } = registered();
  expect(catalogue.counters.get("0xff", 1n)).toBeUndefined();
  expect(catalogue.counters.ids(0xffn)).toEqual([]);
  expect(catalogue.counters.get("10", "16")).toBe(specs.counters);
  expect(() => catalogue.counters.get("0x", 1n)).toThrow("Option service must be");
  expect(catalogue.counters.get("x", 1n)).toBeUndefined();
});

it("lists ids in their order, and follows what comes and goes", () => {
  const registry = registered();
  const more = [3n, 0x100n, 0x20n].map((id) =>
    defineCounter({ service: "0xa", id, name: `c${id}`, help }),
  );
  for (const spec of more) registry.counter(spec);
  expect(registry.catalogue.counters.ids("0xa")).toEqual([3n, 0x10n, 0x20n, 0x100n]);
  registry.unregister(specs.counters);
  expect(registry.catalogue.counters.ids("0xa")).toEqual([3n, 0x20n, 0x100n]);
});
