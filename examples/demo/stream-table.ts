import { count, seconds } from "./figures.ts";
import type { Scene, StreamScene } from "./scene.ts";
import { type Column, table, widest } from "./table.ts";
import { type Line, span } from "./text.ts";

/** What the OTLP receiver got under each task number, at most `columns` wide if that is possible. */
export function streamTable(scene: Scene, nowMs: number, columns: number): Line[] {
  const base = [NUMBER, EXPORTS, REQUESTS];
  const choices = [[...base, senders(scene), age(nowMs)], [...base, senders(scene)], base];
  const streams = [...scene.streams.values()].toSorted((a, b) => a.number - b.number);
  return table(widest(choices, columns), streams);
}

const NUMBER: Column<StreamScene> = {
  title: "from task",
  width: 9,
  align: "right",
  cell: ({ number }) => [span(String(number), "number")],
};

const EXPORTS: Column<StreamScene> = {
  title: "exports",
  width: 7,
  align: "right",
  cell: ({ exports }) => [span(count(exports))],
};

const REQUESTS: Column<StreamScene> = {
  title: "requests",
  width: 8,
  align: "right",
  cell: ({ requests }) => [
    span(count([...requests.values()].reduce((sum, value) => sum + value, 0))),
  ],
};

/** The processes that had the number, one after another. */
function senders(scene: Scene): Column<StreamScene> {
  return {
    title: "sent by",
    width: 15,
    cell({ requests }) {
      const names = [...requests.keys()].map((epoch) => scene.processOfEpoch(epoch) ?? "?");
      return [span([...new Set(names)].join(", then "))];
    },
  };
}

function age(nowMs: number): Column<StreamScene> {
  return {
    title: "last",
    width: 10,
    cell: ({ lastAtMs }) => [span(`${seconds(Math.max(0, nowMs - lastAtMs))} ago`, "faint")],
  };
}
