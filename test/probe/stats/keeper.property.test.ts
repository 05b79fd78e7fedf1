import fc from "fast-check";
import { it } from "vitest";
import { createStatsKeeper } from "../../../src/probe/index.ts";
import { manualClock } from "../../../src/testing/manual-clock.ts";
import { type Collector, collector, deltaCollector } from "./harness.ts";

// A StatsKeeper and a model of it that is too simple to be wrong, under results, changes of the list,
// time, and two readers, in any order: nothing is lost, nothing counts twice, and nobody is stale.

const KEEP_MS = 1_000;
const NAMES = ["a:1", "b:2", "c:3"] as const;
type Name = (typeof NAMES)[number];
type Counts = Readonly<Record<string, number>>;

/** What a target has, and what the reader of differences was told of it. */
interface Kept {
  pass: number;
  fail: number;
  told: { pass: number; fail: number };
  listed: boolean;
  seenAtMs: number;
}

class Model {
  list: readonly Name[] = [];
  nowMs = 0;
  readonly #kept = new Map<Name, Kept>();
  readonly #waiting = new Map<Name, { outcomes: ("pass" | "fail")[]; atMs: number }>();

  record(name: Name, outcome: "pass" | "fail", byName: boolean): void {
    this.#forget();
    if (byName && !this.#kept.has(name)) {
      if (!this.#waiting.has(name)) this.refresh();
      if (!this.#kept.has(name)) {
        const { outcomes = [] } = this.#waiting.get(name) ?? {};
        this.#waiting.set(name, { outcomes: [...outcomes, outcome], atMs: this.nowMs });
        return;
      }
    }
    const kept = this.#of(name);
    kept[outcome]++;
    kept.seenAtMs = this.nowMs;
  }

  refresh(): void {
    this.#forget();
    for (const name of NAMES) {
      const kept = this.#kept.get(name);
      const listed = this.list.includes(name);
      if (listed) this.#of(name).listed = true;
      else if (kept?.listed) Object.assign(kept, { listed: false, seenAtMs: this.nowMs });
    }
    for (const [name, { outcomes, atMs }] of this.#waiting) {
      if (atMs < this.nowMs - KEEP_MS) this.#waiting.delete(name);
      else if (this.list.includes(name)) {
        this.#waiting.delete(name);
        for (const outcome of outcomes) this.record(name, outcome, false);
      }
    }
  }

  totals(): Counts {
    this.refresh();
    return this.#visible((kept, outcome) => kept[outcome]);
  }

  differences(): Counts {
    this.refresh();
    return this.#visible((kept, outcome) => {
      const difference = kept[outcome] - kept.told[outcome];
      kept.told[outcome] = kept[outcome];
      return difference;
    });
  }

  #visible(value: (kept: Kept, outcome: "pass" | "fail") => number): Counts {
    const seen: Record<string, number> = {};
    for (const [name, kept] of this.#kept) {
      if (!kept.listed) continue;
      for (const outcome of ["pass", "fail"] as const) {
        const number = value(kept, outcome);
        if (number > 0) seen[`${name} ${outcome}`] = number;
      }
    }
    return seen;
  }

  #of(name: Name): Kept {
    let kept = this.#kept.get(name);
    if (kept === undefined) {
      kept = { pass: 0, fail: 0, told: { pass: 0, fail: 0 }, listed: false, seenAtMs: this.nowMs };
      this.#kept.set(name, kept);
    }
    return kept;
  }

  #forget(): void {
    for (const [name, { listed, seenAtMs }] of this.#kept) {
      if (!listed && seenAtMs < this.nowMs - KEEP_MS) this.#kept.delete(name);
    }
  }
}

type Step =
  | { readonly do: "record"; name: Name; outcome: "pass" | "fail"; byName: boolean }
  | { readonly do: "list"; names: readonly Name[] }
  | { readonly do: "wait"; ms: number }
  | { readonly do: "totals" | "differences" };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("record" as const),
      name: fc.constantFrom(...NAMES),
      outcome: fc.constantFrom("pass" as const, "fail" as const),
      byName: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("list" as const), names: fc.subarray([...NAMES]) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("wait" as const),
      ms: fc.constantFrom(1, 999, 1_001),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("totals" as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("differences" as const) }) },
);

/** Runs, and latencies, by target and outcome. */
function seen(reader: Collector): { runs: Counts; latencies: Counts } {
  const rows = reader.rows();
  const of = (metric: string): Counts =>
    Object.fromEntries(
      rows
        .filter((row) => row.metric === metric && row.value > 0)
        .map(({ attributes, value }) => [
          `${String(attributes["health.probe.target"])} ${String(attributes["health.probe.outcome"])}`,
          value,
        ]),
    );
  return { runs: of("health.probe.runs"), latencies: of("health.probe.duration") };
}

it("keeps what a naive model keeps, for every reader", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 10, maxLength: 60, size: "max" }),
      async (steps) => {
        const clock = manualClock();
        const model = new Model();
        const keeper = createStatsKeeper({
          ...{ type: "tcp", name: "p", targets: () => model.list, keepMs: KEEP_MS, clock },
        });
        const cumulative = collector(keeper.registry);
        const delta = deltaCollector(keeper.registry);
        for (const now of steps) {
          if (now.do === "list") model.list = now.names;
          else if (now.do === "wait") {
            model.nowMs += now.ms;
            await clock.advance(now.ms);
          } else if (now.do === "record") {
            const [host, port] = now.name.split(":");
            const target = now.byName ? now.name : { host: host!, port: Number(port) };
            const success = now.outcome === "pass";
            const refusal = keeper.record({ target, success, latencyMs: 5 });
            if (refusal !== undefined) throw new Error(refusal.message);
            model.record(now.name, now.outcome, now.byName);
          } else {
            const expected = now.do === "totals" ? model.totals() : model.differences();
            const { runs, latencies } = seen(now.do === "totals" ? cumulative : delta);
            same(runs, expected);
            same(latencies, expected);
          }
        }
      },
    ),
    { numRuns: 300 },
  );
});

function same(got: Counts, expected: Counts): void {
  const text = (counts: Counts): string =>
    JSON.stringify(Object.entries(counts).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  if (text(got) !== text(expected)) throw new Error(`got ${text(got)}, not ${text(expected)}`);
}
