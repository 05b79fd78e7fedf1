import { expect, it } from "vitest";
import { defineDistribution, defineHistogram } from "../../src/metrics/index.ts";
import type { MetricStream } from "../../src/points/streams.ts";
import { prometheusReader } from "../../src/prometheus/index.ts";
import { HISTOGRAM } from "../../src/prometheus/protobuf/fields.ts";
import { taskmon } from "./harness.ts";
import { bytesOf, PROTOBUF, stream } from "./streams.ts";

const common = { service: "0xb1", help: "Waits.", unit: "s", buckets: [1, 2] };
const wait = defineHistogram({ ...common, id: "0x2", name: "shop.wait", labels: ["till"] });
const ages = defineDistribution({ ...common, id: "0x3", name: "shop.ages" });

interface Source {
  readonly streamSource: { own(): { readonly streams: Iterable<MetricStream> } };
}

/** What a stream's series hold, with buckets and natively, by `till`. */
function held(reader: object, name: string): Record<string, (number | undefined)[]> {
  const { streams } = (reader as Source).streamSource.own();
  const all: Record<string, (number | undefined)[]> = {};
  for (const one of streams) {
    if (one.descriptor.name !== name) continue;
    const series = one.series();
    for (let next = series.next(); next.done !== true; next = series.next()) {
      const { attributes } = next.value;
      const counts = [next.value.histogram()?.count, next.value.exponential()?.count];
      all[typeof attributes["till"] === "string" ? attributes["till"] : ""] = counts;
    }
  }
  return all;
}

it("counts in exponential buckets too for a reader that shows native ones, and for no other", async () => {
  const one = taskmon();
  const histogram = one.metrics.histogram(wait);
  const early = histogram.bind({ till: "early" });
  early.record(0.5);
  const [plain, native] = [prometheusReader(), prometheusReader({ nativeHistograms: true })];
  one.attach(plain);
  one.attach(native);
  early.record(0.5);
  histogram.record(3, { till: "late" });
  one.metrics.distribution(ages).set([5, 50]);
  expect(held(native, "shop.wait")).toEqual({ early: [2, 2], late: [1, 1] });
  expect(held(plain, "shop.wait")).toEqual({ early: [2, undefined], late: [1, undefined] });
  // What is set as a whole is what it is.
  expect(held(native, "shop.ages")).toEqual({ "": [2, undefined] });
});

it("forgets the exponential buckets of a series that goes", () => {
  const one = taskmon();
  const native = one.attach(prometheusReader({ nativeHistograms: true }));
  const histogram = one.metrics.histogram(wait);
  histogram.record(1, { till: "a" });
  histogram.remove({ till: "a" });
  histogram.record(1, { till: "b" });
  histogram.record(4, { till: "b" });
  expect(held(native, "shop.wait")["b"]).toEqual([2, 2]);
  expect(held(native, "shop.wait")).toEqual({ b: [2, 2] });
});

it.each([
  ["as many measurements", 3, true],
  // Begun later than the buckets: Prometheus refuses one whose buckets are not its count.
  ["fewer measurements", 2, false],
])("writes a native histogram of %s", async (_, count, isWritten) => {
  const bytes = await bytesOf(
    [
      stream({
        name: "shop.wait",
        kind: "histogram",
        boundaries: [1],
        series: [
          {
            value: {
              ...{ counts: [1, 2], count, sum: 5, scale: 0, zeroCount: 0 },
              positive: { offset: 0, bucketCounts: [count] },
              negative: { offset: 0, bucketCounts: [] },
            },
          },
        ],
      }),
    ],
    { accept: PROTOBUF, nativeHistograms: true, targetInfo: false },
  );
  // The tag of the schema, and 0 as its value.
  const tag = Buffer.from([HISTOGRAM.schema * 8, 0]);
  expect(bytes.includes(tag)).toBe(isWritten);
});
