import fc from "fast-check";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { expect, it } from "vitest";
import type { HistogramReading } from "../../src/points/streams.ts";
import { accept, anything, metric, number, strategy } from "./arbitraries.ts";
import { parse, type Sample } from "./parse.ts";
import { collectedOf, textOf, type Written } from "./streams.ts";

it("writes what can be read back, whatever names, labels, units and values are", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(metric, { maxLength: 4 }),
      strategy,
      accept,
      async (metrics, translationStrategy, asked) => {
        // The parser refuses an illegal name, a repeated label, a repeated series, and what has no end.
        const { samples, isEnded, types } = parse(
          await textOf([], {
            collected: collectedOf(metrics),
            translationStrategy,
            accept: asked,
            resource: { a: "b" },
          }),
        );
        expect(isEnded).toBe(asked.includes("openmetrics"));
        expect(samples.filter(({ name: written }) => written === "target_info")).toHaveLength(1);
        for (const sample of samples) expect(Object.values(sample.labels)).not.toContain("");
        for (const buckets of bucketsOf(samples))
          expect(buckets).toEqual(buckets.toSorted((a, b) => a - b));
        expect(types.size).toBeLessThanOrEqual(metrics.length + 1);
      },
    ),
    { numRuns: 300 },
  );
});

it("writes one metric's values and labels so that they come back", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(anything, number), { maxLength: 5 }), async (values) => {
      const distinct = new Map(values.map(([text, value]) => [text.toWellFormed(), value]));
      const series = [...distinct].map(([text, value]) => ({ attributes: { text }, value }));
      const { samples } = parse(
        await textOf([{ name: "g", kind: "gauge", series }], { scopeInfo: false }),
      );
      expect(samples.map(({ labels, value }) => [labels["text"] ?? "", value + 0])).toEqual(
        series.map(({ attributes: { text }, value }) => [text, value + 0]),
      );
    }),
  );
});

it("writes what prom-client writes of the same values", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.string(), fc.double({ min: 0, max: 1e12, noNaN: true })), {
        maxLength: 6,
      }),
      async (all) => {
        const values = [...new Map(all.filter(([text]) => text !== ""))];
        const registry = new Registry();
        const common = { help: "Help.", labelNames: ["text"], registers: [registry] };
        const counter = new Counter({ ...common, name: "c_total" });
        const gauge = new Gauge({ ...common, name: "g" });
        const histogram = new Histogram({ ...common, name: "h", buckets: [1, 10, 1_000] });
        for (const [text, value] of values) {
          counter.inc({ text }, value);
          gauge.set({ text }, -value);
          histogram.observe({ text }, value);
        }
        const one = (value: number): HistogramReading => {
          const at = [1, 10, 1_000].findIndex((bound) => value <= bound);
          return {
            counts: [0, 1, 2, 3].map((index) => Number(index === (at === -1 ? 3 : at))),
            count: 1,
            sum: value,
          };
        };
        const series = (
          of: (value: number) => Written["series"][number]["value"],
        ): Written["series"] =>
          values.map(([text, value]) => ({ attributes: { text }, value: of(value) }));
        const ours = await textOf(
          [
            { name: "c", kind: "counter", series: series((value) => value) },
            { name: "g", kind: "gauge", series: series((value) => -value) },
            { name: "h", kind: "histogram", boundaries: [1, 10, 1_000], series: series(one) },
          ],
          { scopeInfo: false },
        );
        expect(canonical(ours)).toEqual(canonical(await registry.metrics()));
      },
    ),
    { numRuns: 50 },
  );
});

/** The samples without their order, and 0 for -0, which prom-client keeps. */
function canonical(text: string): string[] {
  return parse(
    `${text
      .split("\n")
      .filter((line) => line !== "")
      .join("\n")}\n`.replace(/^\n$/, ""),
  )
    .samples.map(({ name: written, labels, value }) =>
      JSON.stringify([written, Object.entries(labels).map(String).toSorted(), value + 0]),
    )
    .toSorted();
}

/** The buckets of each series in the order in which they were written. */
function bucketsOf(samples: readonly Sample[]): number[][] {
  const series = new Map<string, number[]>();
  for (const { name: written, labels, value } of samples) {
    const { le, ...rest } = labels;
    if (le === undefined || !written.endsWith("_bucket")) continue;
    const key = JSON.stringify([written, rest]);
    series.set(key, [...(series.get(key) ?? []), value]);
  }
  return [...series.values()];
}
