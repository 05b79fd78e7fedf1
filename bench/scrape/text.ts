import type { Contender, Group } from "../harness/contender.ts";
import type { Goal } from "../harness/results.ts";
import {
  promClientSubject,
  sdkSubject,
  type Size,
  type Subject,
  taskmonSubject,
} from "./subjects.ts";

const SIZE: Size = { counters: 10_000, histograms: 1_000 };
const MIN_LINE_BYTES = 60;
const LINES = SIZE.counters + SIZE.histograms * 18;

export function createGroup(): Group {
  return {
    name: `a scrape of ${LINES.toLocaleString("en")} lines in text`,
    note: [
      `${SIZE.counters} counters of three labels and ${SIZE.histograms} histograms of 15 bounds, of which a fifth`,
      "changed since the last scrape; collecting and writing, until the bytes of the answer are there.",
    ].join("\n"),
    baseline: "exporter-prometheus",
    unit: "ms",
    operations: 1,
    contenders: [
      contender("taskmon", taskmonSubject(SIZE), [{ figure: "times faster", atLeast: 40 }]),
      contender("taskmon, foreign", sdkSubject(SIZE, "taskmon"), [
        { figure: "times faster", atLeast: 4 },
      ]),
      contender("exporter-prometheus", sdkSubject(SIZE, "exporter")),
      contender("prom-client", promClientSubject(SIZE, "prom-client")),
      contender("@prometheus-io/client", promClientSubject(SIZE, "successor")),
    ],
  };
}

function contender(name: string, subject: Subject, goals: readonly Goal[] = []): Contender {
  let round = 0;
  return {
    name,
    goals,
    before: () => subject.change(round++),
    async run() {
      const bytes = await subject.scrape();
      // Each line has its labels: what left some out would be fast, and prove nothing.
      if (bytes < LINES * MIN_LINE_BYTES) throw new Error(`${name} wrote ${bytes} bytes only`);
    },
  };
}
