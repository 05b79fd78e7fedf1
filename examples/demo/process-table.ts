import { count, milliseconds, seconds } from "./figures.ts";
import type { ProcessScene, Scene } from "./scene.ts";
import { bar, type Column, table, widest } from "./table.ts";
import { type Line, span, type Tone } from "./text.ts";

const LOOKS: Readonly<Record<ProcessScene["phase"], readonly [glyph: string, tone: Tone]>> = {
  starting: ["◌", "wait"],
  serving: ["●", "good"],
  stopping: ["◍", "wait"],
  stopped: ["○", "faint"],
  killed: ["✗", "bad"],
};

const BAR_WIDTH = 6;

/** What each process's exposition said last, at most `columns` wide as far as that is possible. */
export function processTable(scene: Scene, nowMs: number, columns: number): Line[] {
  const lease = leaseColumn(scene.leaseMs, nowMs);
  const full = [PROCESS, NUMBER, lease, REQUESTS, MEAN];
  const narrow = [PROCESS, NUMBER, leaseSecondsColumn(nowMs), REQUESTS];
  const choices = [
    [...full, address(30, (url) => url)],
    [...full, address(23, (url) => url.replace("http://", ""))],
    [...full, address(6, (url) => `:${new URL(url).port}`)],
    [...narrow, address(6, (url) => `:${new URL(url).port}`)],
    narrow,
    [PROCESS, NUMBER],
  ];
  return table(widest(choices, columns), [...scene.processes.values()]);
}

const PROCESS: Column<ProcessScene> = {
  title: "process",
  width: 12,
  cell({ name, pid, phase }) {
    const [glyph, tone] = LOOKS[phase];
    return [span(`${glyph} `, tone), span(name, "strong"), span(` ${pid}`, "faint")];
  },
};

const NUMBER: Column<ProcessScene> = {
  title: "task",
  width: 4,
  align: "right",
  cell({ number, isNumbered, phase }) {
    if (isNumbered && (phase === "serving" || phase === "stopping")) {
      return [span(String(number), "number")];
    }
    const had = number !== undefined && phase !== "serving" ? `(${number})` : "-";
    return [span(had, "faint")];
  },
};

const REQUESTS: Column<ProcessScene> = {
  title: "requests",
  width: 8,
  align: "right",
  cell: ({ requests }) => [span(count(requests))],
};

const MEAN: Column<ProcessScene> = {
  title: "mean",
  width: 8,
  align: "right",
  cell: ({ meanMs }) => [span(meanMs === undefined ? "-" : milliseconds(meanMs))],
};

/** The lease as a bar and as seconds; of a killed process too, since nobody may have its number yet. */
function leaseColumn(leaseMs: number, nowMs: number): Column<ProcessScene> {
  const text = leaseSecondsColumn(nowMs);
  return {
    title: "lease",
    width: BAR_WIDTH + 1 + text.width,
    cell(process) {
      const left = leaseLeftMs(process, nowMs);
      if (left === undefined) return text.cell(process);
      const tone = process.phase === "killed" ? "bad" : "good";
      return [...bar(left / leaseMs, BAR_WIDTH, tone), span(" "), ...text.cell(process)];
    },
  };
}

function leaseSecondsColumn(nowMs: number): Column<ProcessScene> {
  return {
    title: "lease",
    width: 8,
    cell(process) {
      const { phase, isNumbered } = process;
      const left = leaseLeftMs(process, nowMs);
      if (left !== undefined) return [span(seconds(left), phase === "killed" ? "bad" : "plain")];
      if (phase === "serving") {
        return [span(isNumbered || process.number !== undefined ? "over" : "waits", "wait")];
      }
      return [span(phase, LOOKS[phase][1])];
    },
  };
}

/** Undefined where there is no lease that could still count. */
function leaseLeftMs(
  { phase, leaseEndsAtMs = 0 }: ProcessScene,
  nowMs: number,
): number | undefined {
  const left = leaseEndsAtMs - nowMs;
  return left > 0 && (phase === "serving" || phase === "killed") ? left : undefined;
}

function address(width: number, shorten: (url: string) => string): Column<ProcessScene> {
  return {
    title: width < 10 ? "at" : "exposition",
    width,
    cell({ metricsUrl, phase }) {
      if (metricsUrl === undefined) return [];
      const isThere = phase === "starting" || phase === "serving";
      return [span(shorten(metricsUrl), isThere ? "plain" : "faint")];
    },
  };
}
