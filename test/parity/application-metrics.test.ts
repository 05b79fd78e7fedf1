// The intent of the original application package's tests of its metrics, by their names.
import { createTaskmon, memoryAllocator } from "taskmon";
import { hexNaming, MetricRegistry } from "taskmon/metrics";
import { parseMetricSpecs } from "taskmon/metrics/files";
import { describe, expect, it, onTestFinished } from "vitest";

const CONFIG = `
httpPort: 4455
metricSpecs:
  counterSpecs: [{ serviceId: 0xa, metricId: 0x1, help: Counter }]
  counterVectorSpecs:
    - { metricSpec: { serviceId: 0xa, metricId: 0x2, help: Counter vector }, labelNames: [a] }
  gaugeSpecs: [{ serviceId: 0xa, metricId: 0x3, help: Gauge }]
  gaugeVectorSpecs:
    - { metricSpec: { serviceId: 0xa, metricId: 0x4, help: Gauge vector }, labelNames: [a] }
  histogramSpecs: [{ serviceId: 0xa, metricId: 0x5, help: Histogram, buckets: [1, 2] }]
  histogramVectorSpecs:
    - metricSpec: { serviceId: 0xa, metricId: 0x6, help: Histogram vector, buckets: [1, 2] }
      labelNames: [a]
`;

describe("TestMetricsService", () => {
  it("has the two gauges of the health checks, under the reference's names", async () => {
    const taskmon = createTaskmon({
      target: { serviceName: "parity" },
      allocator: memoryAllocator(),
      naming: hexNaming("op"),
    });
    onTestFinished(() => taskmon.shutdown());
    const { gaugeVectors } = taskmon.metrics.catalogue;
    const health = 0xe105d0909fcc5ec5n;
    expect(gaugeVectors.ids(health)).toEqual(
      expect.arrayContaining([0x844d7830332bffd3n, 0xcd4260d6e89ad9c6n]),
    );
    const spec = gaugeVectors.get(health, "0x844d7830332bffd3")!;
    expect(taskmon.metrics.form.nameOf(spec)).toBe("op_e105d0909fcc5ec5_844d7830332bffd3");
    expect(spec.labels.map(({ key }) => key)).toEqual(["healthcheck"]);
  });

  it("gives nothing for what nobody registered", () => {
    const { catalogue } = new MetricRegistry();
    for (const section of Object.values(catalogue)) {
      expect(section.get(0xffn, 1n)).toBeUndefined();
      expect(section.ids(0xffn)).toEqual([]);
      expect(section.byService().get(0xffn)).toBeUndefined();
    }
  });

  it("loads one of each kind from the configuration, and its port", () => {
    const { specs, httpPort } = parseMetricSpecs(CONFIG);
    expect(httpPort).toBe(4455);
    const registry = new MetricRegistry({});
    for (const spec of specs) (registry[spec.kind] as (given: typeof spec) => unknown)(spec);
    const { catalogue } = registry;
    expect(Object.values(catalogue).map((section) => section.ids("0xa"))).toEqual([
      [1n],
      [2n],
      [3n],
      [4n],
      [5n],
      [6n],
    ]);
  });
});
