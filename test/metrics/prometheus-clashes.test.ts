import { describe, expect, it } from "vitest";
import {
  defineCounter,
  defineExponentialHistogram,
  defineGauge,
  hexNaming,
  MetricConflictError,
  MetricRegistry,
  prometheusName,
} from "../../src/metrics/index.ts";

const help = "A thing.";
let id = 0n;
const input = (name: string, unit = "1", service = "0xa") =>
  ({ service, id: ++id, name, help, unit }) as const;

describe("metrics that differ here and are one in Prometheus", () => {
  it.each([
    ["a.b", "a_b"],
    ["a.b", "a.b.total"],
    ["a.b", "a-b"],
    ["a_b", "a__b"],
  ])("refuses the counters %s and %s of one service, and names both", (first, second) => {
    const registry = new MetricRegistry();
    registry.counter(defineCounter(input(first)));
    const declare = (): unknown => registry.counter(defineCounter(input(second)));
    expect(declare).toThrow(MetricConflictError);
    expect(declare).toThrow(`counter ${second} (`);
    expect(declare).toThrow(`contradicts counter ${first} (`);
    expect(declare).toThrow("which is a_b_total in Prometheus too");
  });

  it("refuses a name that another has with its unit", () => {
    const registry = new MetricRegistry();
    registry.gauge(defineGauge(input("wait", "s")));
    expect(() => registry.gauge(defineGauge(input("wait.seconds")))).toThrow(
      "which is wait_seconds in Prometheus too",
    );
  });

  it("refuses the samples of an exponential histogram as another's name", () => {
    const registry = new MetricRegistry();
    registry.exponentialHistogram(defineExponentialHistogram(input("size", "By")));
    expect(() => registry.gauge(defineGauge(input("size.bytes.count")))).toThrow(
      "which has samples named size_bytes_count in Prometheus too",
    );
  });

  it("lets two services have one name where their meters tell them apart", () => {
    const registry = new MetricRegistry();
    registry.counter(defineCounter(input("a.b", "1", "0xa")));
    registry.counter(defineCounter(input("a_b", "1", "0xb")));
    expect(registry.snapshot()).toHaveLength(3);
  });

  it.each(["target.info", "target_info", "target"])("refuses %s", (name) => {
    expect(() => defineGauge(input(name))).toThrow(/is reserved for the resource/);
  });
});

it("names a spec's metric as the exposition does", () => {
  const spec = defineCounter(input("shop.sent", "By"));
  expect(prometheusName(spec)).toBe("shop_sent_bytes_total");
  expect(prometheusName(spec, { unitSuffixes: false })).toBe("shop_sent_total");
  expect(prometheusName(spec, { naming: hexNaming("op") })).toBe(`op_a_${id.toString(16)}`);
});
