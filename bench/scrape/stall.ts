import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import type { Contender, Group } from "../harness/contender.ts";
import type { Goal } from "../harness/results.ts";
import {
  promClientSubject,
  sdkSubject,
  type Size,
  type Subject,
  taskmonSubject,
} from "./subjects.ts";

const SIZE: Size = { counters: 100_000, histograms: 1_000 };
const RESOLUTION_MS = 1;

export function createGroup(): Group {
  return {
    name: "how long a scrape of 100,000 series holds the event loop up",
    note: [
      `${SIZE.counters} counters of three labels and ${SIZE.histograms} histograms, of which a fifth changed. A probe wants`,
      "to run every millisecond: by how much it comes late is what a request would wait.",
    ].join("\n"),
    baseline: "exporter-prometheus",
    unit: "ms",
    operations: 1,
    contenders: [
      contender("taskmon", taskmonSubject(SIZE), [{ figure: DELAY, atMost: 10 }]),
      contender("taskmon, foreign", sdkSubject(SIZE, "taskmon")),
      contender("exporter-prometheus", sdkSubject(SIZE, "exporter")),
      contender("prom-client", promClientSubject(SIZE, "prom-client")),
      contender("@prometheus-io/client", promClientSubject(SIZE, "successor")),
    ],
  };
}

const DELAY = "delay p99.9, ms";

function contender(name: string, subject: Subject, goals: readonly Goal[] = []): Contender {
  let round = 0;
  let delays: IntervalHistogram;
  const late = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
  return {
    name,
    goals,
    before: () => subject.change(round++),
    async run() {
      delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
      delays.enable();
      // The probe has begun, and sees the end.
      await sleep(3 * RESOLUTION_MS);
      delays.reset();
      await subject.scrape();
      await sleep(3 * RESOLUTION_MS);
      delays.disable();
    },
    seen: () => ({
      [DELAY]: late(delays.percentile(99.9)),
      "longest stall, ms": late(delays.max),
    }),
  };
}
