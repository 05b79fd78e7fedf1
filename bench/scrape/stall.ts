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
const MIN_LINE_BYTES = 60;
const LINES = SIZE.counters + SIZE.histograms * 18;

export function createGroup(): Group {
  return {
    name: "how long a scrape of 100,000 series holds the event loop up",
    note: [
      `${SIZE.counters} counters of three labels and ${SIZE.histograms} histograms, of which a fifth changed. A probe wants`,
      "to run every millisecond: by how much it comes late is what a request would wait. Beside it, what this thread",
      "computes in one turn, which others on the machine do not change; some systems count that in steps of 4 ms.",
    ].join("\n"),
    baseline: "exporter-prometheus",
    unit: "ms",
    operations: 1,
    contenders: [
      contender("taskmon", taskmonSubject(SIZE), [
        { figure: DELAY, atMost: 10 },
        { figure: TURN, atMost: 10 },
      ]),
      contender("taskmon, foreign", sdkSubject(SIZE, "taskmon")),
      contender("exporter-prometheus", sdkSubject(SIZE, "exporter")),
      contender("prom-client", promClientSubject(SIZE, "prom-client")),
      contender("@prometheus-io/client", promClientSubject(SIZE, "successor")),
      // What the machine does to any program.
      contender("no scrape", { change: () => {}, scrape: () => sleep(100, Infinity) }),
    ],
  };
}

const DELAY = "delay p99.9, ms";
const TURN = "longest turn, ms of CPU";

function contender(
  name: string,
  { change, scrape }: Subject,
  goals: readonly Goal[] = [],
): Contender {
  let round = 0;
  let delays: IntervalHistogram;
  let longest = 0;
  const late = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
  return {
    name,
    goals,
    before: () => change(round++),
    async run() {
      delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
      delays.enable();
      // It counts from its first run, and sees the end.
      await sleep(5 * RESOLUTION_MS);
      const turns = watchTurns();
      const bytes = await scrape();
      longest = await turns.end();
      if (bytes < LINES * MIN_LINE_BYTES) throw new Error(`${name} wrote ${bytes} bytes only`);
      await sleep(5 * RESOLUTION_MS);
      delays.disable();
    },
    seen: () => ({
      [DELAY]: late(delays.percentile(99.9)),
      "longest stall, ms": late(delays.max),
      [TURN]: longest,
    }),
  };
}

/** Watches how long this thread computes in each turn of the event loop, whatever else the machine does. */
function watchTurns(): { end(): Promise<number> } {
  let longest = 0;
  let isOver = false;
  let before = cpuMs();
  const turn = (): void => {
    const now = cpuMs();
    longest = Math.max(longest, now - before);
    before = now;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  return {
    async end() {
      isOver = true;
      await sleep(RESOLUTION_MS);
      return longest;
    },
  };
}

/** The processor's time of this thread. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
