import { describe, expect, it } from "vitest";
import { gaugeRules } from "../../../src/cluster/gather/gauges.ts";
import { withLabel } from "../../../src/cluster/gather/label.ts";
import { PRIMARY, Totals, type TotalsOptions } from "../../../src/cluster/gather/totals.ts";
import type { HistogramLike } from "../../../src/points/types.ts";
import { exponential, histogram, metric, pointsOf, scopes, valueOf } from "./points.ts";

const everyone = (): boolean => true;
const soldOf = (value: number, ...rest: [Record<string, string>?, number?]) =>
  scopes(metric("counter", "sold", [[value, ...rest]]));

function totalsOf(options: Partial<TotalsOptions> = {}): Totals & { troubles: string[] } {
  const troubles: string[] = [];
  const totals = new Totals(
    {
      maxSeries: 100,
      gauges: gaugeRules(undefined),
      onTrouble: (trouble, name) => troubles.push(`${trouble} ${name}`),
      ...options,
    },
    [100, 0],
  );
  return Object.assign(totals, { troubles });
}

describe("what only grows", () => {
  it("adds up the primary and the workers", () => {
    const totals = totalsOf();
    totals.report(PRIMARY, soldOf(1));
    totals.report(0, soldOf(10));
    totals.report(1, soldOf(100));
    expect(valueOf(totals.scopes([101, 0], everyone), "sold")).toBe(111);
  });

  it("keeps what a worker brought that is gone, and adds what the next one with its index brings", () => {
    const totals = totalsOf();
    totals.report(0, soldOf(10));
    totals.depart(0);
    expect(valueOf(totals.scopes([101, 0], everyone), "sold")).toBe(10);
    totals.report(0, soldOf(3, {}, 50));
    expect(valueOf(totals.scopes([102, 0], everyone), "sold")).toBe(13);
  });

  it("does not step back by the last digit when fractions are added in another order", () => {
    // (0.1 + 0.2) + 0.3 is larger than 0.1 + (0.2 + 0.3), by 1e-16.
    const totals = totalsOf();
    for (const [member, value] of [0.1, 0.2, 0.3].entries()) {
      totals.report(
        member,
        scopes(
          metric("counter", "sold", [[value]]),
          metric("histogram", "took", [[histogram([value])]]),
        ),
      );
    }
    const before = totals.scopes([101, 0], everyone);
    totals.depart(1);
    totals.depart(2);
    const after = totals.scopes([102, 0], everyone);
    expect(valueOf(after, "sold")).toBe(valueOf(before, "sold"));
    expect((valueOf(after, "took") as HistogramLike).sum).toBe(
      (valueOf(before, "took") as HistogramLike).sum,
    );
  });

  it("lets a histogram's sum fall where measurements below zero make it fall", () => {
    const totals = totalsOf();
    totals.report(0, scopes(metric("histogram", "change", [[histogram([5])]])));
    totals.scopes([101, 0], everyone);
    totals.report(0, scopes(metric("histogram", "change", [[histogram([5, -3])]])));
    const change = valueOf(totals.scopes([102, 0], everyone), "change") as HistogramLike;
    expect(change.sum).toBe(2);
  });

  it("keeps its level while one worker of several removes its series, and ends with the last", () => {
    const totals = totalsOf();
    const both = { currency: "EUR" };
    totals.report(0, soldOf(10, both));
    totals.report(1, soldOf(20, both));
    totals.report(0, []);
    expect(valueOf(totals.scopes([101, 0], everyone), "sold", both)).toBe(30);
    totals.report(1, []);
    expect(totals.scopes([102, 0], everyone)).toEqual([]);
    totals.report(0, soldOf(1, both, 103));
    const [point] = pointsOf(totals.scopes([104, 0], everyone), "sold");
    // A series of its own, that began after the last answer without it.
    expect(point).toMatchObject({ value: 1, startTime: [102, 0], endTime: [104, 0] });
  });

  it("goes on with a worker's series that was missing for one report", () => {
    const totals = totalsOf();
    totals.report(0, soldOf(10));
    totals.report(1, soldOf(20));
    totals.report(0, []);
    totals.report(0, soldOf(11));
    expect(valueOf(totals.scopes([101, 0], everyone), "sold")).toBe(31);
  });

  it("takes nothing for removed that is missing in a report with errors", () => {
    const totals = totalsOf();
    totals.report(0, soldOf(10));
    totals.report(0, [], false);
    expect(valueOf(totals.scopes([101, 0], everyone), "sold")).toBe(10);
  });

  it("forgets removed series, however many come and go", () => {
    const totals = totalsOf({ maxSeries: 10 });
    for (let round = 0; round < 1_000; round++) totals.report(0, soldOf(1, { order: `${round}` }));
    expect(pointsOf(totals.scopes([101, 0], everyone), "sold")).toHaveLength(1);
    expect(totals.troubles).toEqual([]);
  });

  it("is of one kind and one unit, the first that was seen", () => {
    const totals = totalsOf();
    totals.report(PRIMARY, soldOf(1));
    totals.report(0, scopes(metric("gauge", "sold", [[5]])));
    totals.report(1, scopes(metric("counter", "sold", [[5]], "kg")));
    totals.report(2, scopes(metric("upDownCounter", "sold", [[5]])));
    expect(valueOf(totals.scopes([101, 0], everyone), "sold")).toBe(1);
    expect(totals.troubles).toEqual(["kind sold", "kind sold", "kind sold"]);
  });

  it("shows histograms of different buckets with those that all have, and says so", () => {
    const totals = totalsOf();
    totals.report(0, scopes(metric("histogram", "took", [[histogram([1, 20], [1, 10, 100])]])));
    totals.report(1, scopes(metric("histogram", "took", [[histogram([1, 200], [1, 50, 100])]])));
    expect(valueOf(totals.scopes([101, 0], everyone), "took")).toMatchObject({
      buckets: { boundaries: [1, 100], counts: [2, 1, 1] },
      count: 4,
      sum: 222,
      min: 1,
      max: 200,
    });
    expect(totals.troubles).toEqual(["buckets took"]);
  });

  it("adds exponential histograms at the coarser scale", () => {
    const totals = totalsOf();
    totals.report(0, scopes(metric("exponential", "took", [[exponential(1, 0, [1, 1, 1, 1])]])));
    totals.report(1, scopes(metric("exponential", "took", [[exponential(0, 0, [1, 1], 1)]])));
    totals.depart(0);
    expect(valueOf(totals.scopes([101, 0], everyone), "took")).toMatchObject({
      scale: 0,
      count: 7,
      zeroCount: 1,
      positive: { offset: 0, bucketCounts: [3, 3] },
    });
  });
});

describe("what is there now", () => {
  const busy = (value: number) => scopes(metric("upDownCounter", "busy", [[value]]));

  it("adds up levels, and takes those out that are gone", () => {
    const totals = totalsOf();
    totals.report(0, busy(3));
    totals.report(1, busy(4));
    expect(valueOf(totals.scopes([101, 0], everyone), "busy")).toBe(7);
    totals.depart(1);
    expect(valueOf(totals.scopes([102, 0], everyone), "busy")).toBe(3);
    totals.depart(0);
    expect(totals.scopes([103, 0], everyone)).toEqual([]);
  });

  it("keeps the level that a worker had that does not answer", () => {
    const totals = totalsOf();
    totals.report(0, busy(3));
    expect(
      valueOf(
        totals.scopes([101, 0], () => false),
        "busy",
      ),
    ).toBe(3);
  });

  it.each([
    ["memory.used", "By", [1, 2, 6], 9],
    ["queue.age", "s", [1, 2, 6], 6],
    ["nodejs.eventloop.delay.min", "s", [4, 2, 6], 2],
    ["nodejs.eventloop.utilization", "1", [1, 2, 6], 3],
    ["taskmon.task.number", "1", [4, 2, 6], 4],
  ] as const)("shows gauge %s, in %s, of %j as %d by default", (name, unit, values, expected) => {
    const totals = totalsOf();
    // The primary comes first, wherever it is in time.
    for (const [index, value] of [...values.entries()].toReversed()) {
      totals.report(index - 1, scopes(metric("gauge", name, [[value]], unit)));
    }
    expect(valueOf(totals.scopes([101, 0], everyone), name)).toBe(expected);
  });

  it("shows gauges by the rules that were given", () => {
    const rules = { a: "min", b: "max", c: "mean", d: "first", e: "omit", f: "sum" } as const;
    const totals = totalsOf({ gauges: gaugeRules(rules) });
    for (const [member, value] of [2, 1, 6].entries()) {
      const gauges = Object.keys(rules).map((name) => metric("gauge", name, [[value]]));
      totals.report(member, scopes(...gauges));
    }
    const answer = totals.scopes([101, 0], everyone);
    const shown = Object.keys(rules).map((name) => valueOf(answer, name));
    expect(shown).toEqual([1, 6, 3, 2, undefined, 9]);
  });

  it("refuses a rule that there is not", () => {
    expect(() => gaugeRules({ a: "median" as "mean" })).toThrow("clusterScrape.gauges.a");
    expect(() => gaugeRules("sum" as never)).toThrow("clusterScrape.gauges");
    expect(gaugeRules({})("constructor", undefined)).toBe("sum");
  });

  it("leaves out the gauges of workers that did not answer", () => {
    const totals = totalsOf();
    totals.report(0, scopes(metric("gauge", "memory", [[10]])));
    totals.report(1, scopes(metric("gauge", "memory", [[20]])));
    const answer = totals.scopes([101, 0], (member) => member === 1);
    expect(valueOf(answer, "memory")).toBe(20);
    expect(totals.scopes([102, 0], () => false)).toEqual([]);
  });
});

describe("the bound on series", () => {
  it("puts the rest into one series, which grows and never steps back", () => {
    const totals = totalsOf({ maxSeries: 2 });
    const overflow = { "otel.metric.overflow": true };
    const report = (...values: number[]): void =>
      totals.report(
        0,
        scopes(
          metric(
            "counter",
            "sold",
            values.map((value, index) => [value, { order: `${index}` }]),
          ),
        ),
      );
    const shown = (): unknown => valueOf(totals.scopes([101, 0], everyone), "sold", overflow);
    report(1, 1, 5, 6);
    expect(shown()).toBe(11);
    // One of those in it is removed: the rest is less than it was, and has not begun anew.
    report(1, 1, 5);
    expect(shown()).toBe(11);
    report(1, 1, 50);
    expect(shown()).toBe(50);
    totals.depart(0);
    expect(shown()).toBe(50);
    expect(pointsOf(totals.scopes([102, 0], everyone), "sold")).toHaveLength(3);
    expect(totals.troubles[0]).toBe("overflow sold");
  });

  it("leaves gauges out that there is no room for", () => {
    const totals = totalsOf({ maxSeries: 1 });
    totals.report(
      0,
      scopes(
        metric("gauge", "memory", [
          [1, { space: "a" }],
          [2, { space: "b" }],
        ]),
      ),
    );
    expect(pointsOf(totals.scopes([101, 0], everyone), "memory")).toHaveLength(1);
  });
});

describe("the label that tells workers apart", () => {
  const labelled: TotalsOptions["labelled"] = (attributes, member) =>
    withLabel(attributes, "worker", member === PRIMARY ? "primary" : `${member}`);

  it("gives each worker its own series, which outlives it and goes on with the next of its index", () => {
    const totals = totalsOf({ labelled });
    totals.report(PRIMARY, soldOf(1));
    totals.report(0, soldOf(10));
    totals.report(1, soldOf(100));
    totals.depart(0);
    totals.report(0, soldOf(5, {}, 50));
    const answer = totals.scopes([101, 0], everyone);
    expect(valueOf(answer, "sold", { worker: "primary" })).toBe(1);
    expect(valueOf(answer, "sold", { worker: "0" })).toBe(15);
    expect(valueOf(answer, "sold", { worker: "1" })).toBe(100);
  });

  it("renames a label of the metric's own that would come out under the same name", () => {
    expect(withLabel({ worker: "Ann" }, "worker", "0")).toEqual({
      exported_worker: "Ann",
      worker: "0",
    });
    expect(withLabel({ "cluster.worker": "Ann" }, "cluster_worker", "0")).toEqual({
      exported_cluster_worker: "Ann",
      cluster_worker: "0",
    });
    expect(withLabel({ co_worker: "Ann" }, "worker", "0")).toEqual({
      co_worker: "Ann",
      worker: "0",
    });
  });
});
