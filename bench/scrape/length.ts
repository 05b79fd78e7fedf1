import type { Group } from "../harness/contender.ts";
import { taskmonSubject } from "./subjects.ts";

/** A tenth of them histograms, of 18 lines each. */
const LINES = [1_000, 10_000, 100_000, 1_000_000];

export function createGroup(): Group {
  return {
    name: "the same number of lines, in expositions of another length",
    note: "Each contender writes a million lines: a thousand expositions of a thousand lines, and so on. Nothing else waits.",
    baseline: "100,000 lines",
    unit: "ms",
    operations: 1,
    contenders: LINES.map((lines) => {
      const subject = taskmonSubject({
        counters: Math.round(lines / 2.8),
        histograms: Math.round(lines / 28),
      });
      subject.change(0);
      let round = 1;
      return {
        name: `${lines.toLocaleString("en")} lines`,
        goals: [{ figure: "times faster", atLeast: 1 / 1.5 }],
        before: () => subject.change(round++),
        async run() {
          for (let written = 0; written < 1_000_000; written += lines) await subject.scrape();
        },
      };
    }),
  };
}
