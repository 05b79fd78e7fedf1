import fc from "fast-check";
import { expect, it } from "vitest";
import { added } from "../../../src/cluster/gather/combine.ts";
import { gaugeRules } from "../../../src/cluster/gather/gauges.ts";
import { PRIMARY, Totals } from "../../../src/cluster/gather/totals.ts";
import type { HistogramLike } from "../../../src/points/types.ts";
import { exponential, histogram, metric, scopes, valueOf } from "./points.ts";

const LABELS = ["a", "b"] as const;

/** What happens to the processes of a cluster. */
type Step =
  | { readonly kind: "birth" }
  | { readonly kind: "count"; readonly who: number; readonly label: number; readonly by: number }
  | { readonly kind: "report"; readonly who: number }
  | { readonly kind: "restartOfMetrics"; readonly who: number }
  | { readonly kind: "kill"; readonly who: number }
  | { readonly kind: "end"; readonly who: number }
  | { readonly kind: "scrape" };

const who = fc.nat({ max: 7 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.constant<Step>({ kind: "birth" }) },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("count" as const),
      who,
      label: fc.nat({ max: LABELS.length - 1 }),
      by: fc.nat({ max: 500 }).map((tenths) => tenths / 10),
    }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("report" as const), who }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("restartOfMetrics" as const), who }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("kill" as const), who }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("end" as const), who }) },
  { weight: 6, arbitrary: fc.constant<Step>({ kind: "scrape" }) },
);

/** A process that counts, and what it has reported of that. */
class Process {
  readonly member: number;
  startTime: number;
  counts = new Map<string, number[]>();
  /** What it had reported in earlier lives of its metrics, and in this one. */
  reported = new Map<string, number[]>();
  earlier: Map<string, number[]>[] = [];

  constructor(member: number, startTime: number) {
    this.member = member;
    this.startTime = startTime;
  }

  report(totals: Totals): void {
    this.reported = new Map(Array.from(this.counts, ([label, values]) => [label, [...values]]));
    const labelled = [...this.counts].map(([label, values]) => ({ attributes: { label }, values }));
    const sum = (values: readonly number[]): number =>
      values.reduce((total, one) => total + one, 0);
    totals.report(
      this.member,
      scopes(
        metric(
          "counter",
          "sold",
          labelled.map(({ attributes, values }) => [sum(values), attributes, this.startTime]),
        ),
        metric(
          "histogram",
          "took",
          labelled.map(({ attributes, values }) => [histogram(values), attributes, this.startTime]),
        ),
      ),
    );
  }
}

it("adds up exactly what was reported, and never goes backward, whoever comes, dies or begins anew", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80, size: "max" }), (steps) => {
      const totals = new Totals(
        { maxSeries: 100, gauges: gaugeRules(undefined), onTrouble: () => undefined },
        [0, 0],
      );
      const alive = new Map<number, Process>();
      const all: Process[] = [];
      const shown = new Map<string, number>();
      let time = 1;
      const birth = (member: number): void => {
        const process = new Process(member, time);
        alive.set(member, process);
        all.push(process);
      };
      birth(PRIMARY);

      const scrape = (): void => {
        const answer = totals.scopes([time, 0], () => true);
        for (const label of LABELS) {
          const reported = all.flatMap((process) =>
            [...process.earlier, process.reported].flatMap((life) => life.get(label) ?? []),
          );
          const sold = valueOf(answer, "sold", { label }) as number | undefined;
          const took = valueOf(answer, "took", { label }) as HistogramLike | undefined;
          expect(took?.count ?? 0).toBe(reported.length);
          expect(took?.buckets.counts ?? [0, 0, 0, 0]).toEqual(histogram(reported).buckets.counts);
          for (const [name, value] of [
            ["sold", sold ?? 0],
            ["took", took?.sum ?? 0],
          ] as const) {
            expect(value).toBeCloseTo(histogram(reported).sum!, 5);
            // Not by the last digit either: Prometheus takes any step down for a restart at zero.
            expect(value).toBeGreaterThanOrEqual(shown.get(name + label) ?? 0);
            shown.set(name + label, value);
          }
        }
      };

      for (const one of steps) {
        time += 3;
        if (one.kind === "birth") {
          let member = 0;
          while (alive.has(member)) member += 1;
          birth(member);
          continue;
        }
        if (one.kind === "scrape") {
          scrape();
          continue;
        }
        const process = [...alive.values()][one.who % alive.size]!;
        if (one.kind === "count") {
          const label = LABELS[one.label]!;
          process.counts.set(label, [...(process.counts.get(label) ?? []), one.by]);
        } else if (one.kind === "report") {
          process.report(totals);
        } else if (one.kind === "restartOfMetrics") {
          // It goes on counting what it counted before, so that no series of its own is removed.
          process.report(totals);
          process.earlier.push(process.reported);
          process.counts = new Map(Array.from(process.counts.keys(), (label) => [label, [0]]));
          process.startTime = time;
          process.report(totals);
        } else if (process.member !== PRIMARY) {
          if (one.kind === "end") process.report(totals);
          totals.depart(process.member);
          alive.delete(process.member);
        }
      }
      scrape();
    }),
    { numRuns: 500 },
  );
});

const bounds = fc.uniqueArray(fc.integer({ min: -5, max: 20 }), { maxLength: 8 });
const anyHistogram = fc
  .tuple(fc.array(fc.integer({ min: -10, max: 30 }), { minLength: 1, maxLength: 20 }), bounds)
  .map(([values, unsorted]) =>
    histogram(
      values,
      unsorted.toSorted((a, b) => a - b),
    ),
  );

it("adds histograms in any order and grouping to the same, also of different buckets", () => {
  const data = metric("histogram", "took", []);
  fc.assert(
    fc.property(anyHistogram, anyHistogram, anyHistogram, (a, b, c) => {
      const left = added(data, added(data, a, b), c);
      expect(added(data, a, added(data, b, c))).toEqual(left);
      expect(added(data, c, added(data, b, a))).toEqual(left);
    }),
  );
});

it("keeps histograms' counts exact at each boundary that all have", () => {
  const data = metric("histogram", "took", []);
  const values = fc.array(fc.integer({ min: -10, max: 30 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(fc.array(fc.tuple(values, bounds), { minLength: 2, maxLength: 5 }), (members) => {
      const all = members.map(([own, unsorted]) =>
        histogram(
          own,
          unsorted.toSorted((a, b) => a - b),
        ),
      );
      const total = all.reduce<unknown>((sum, one) => added(data, sum, one), undefined);
      const common = all
        .map(({ buckets }) => buckets.boundaries)
        .reduce((a, b) => a.filter((bound) => b.includes(bound)));
      const together = histogram(
        members.flatMap(([own]) => own),
        common,
      );
      expect(total).toEqual(together);
    }),
  );
});

it("adds exponential histograms in any order and grouping to the same counts", () => {
  const data = metric("exponential", "took", []);
  const one = fc
    .tuple(
      fc.integer({ min: -3, max: 8 }),
      fc.integer({ min: -40, max: 40 }),
      fc.array(fc.nat({ max: 9 }), { maxLength: 30 }),
      fc.nat({ max: 3 }),
    )
    .map((parts) => exponential(...parts));
  fc.assert(
    fc.property(one, one, one, (a, b, c) => {
      const left = added(data, added(data, a, b), c) as ReturnType<typeof exponential>;
      const right = added(data, a, added(data, b, c)) as ReturnType<typeof exponential>;
      expect([left.count, left.zeroCount, left.sum]).toEqual([
        right.count,
        right.zeroCount,
        right.sum,
      ]);
      expect(left.count).toBe(a.count + b.count + c.count);
      const counted = (value: ReturnType<typeof exponential>): number =>
        value.positive.bucketCounts.reduce((sum, count) => sum + count, value.zeroCount);
      expect(counted(left)).toBe(left.count);
      expect(counted(right)).toBe(right.count);
    }),
  );
});
