import { seconds } from "./figures.ts";
import { narrate } from "./narrate.ts";
import { processTable } from "./process-table.ts";
import type { Scene } from "./scene.ts";
import { streamTable } from "./stream-table.ts";
import { fit, type Line, pad, span } from "./text.ts";

/** A terminal's size; without `rows` the picture may be as high as it likes. */
export interface Size {
  readonly columns: number;
  readonly rows?: number;
}

/** Where fewer lines of the timeline than these find room, the blank lines above it go. */
const MIN_TIMELINE = 3;

/** The whole picture at one moment: the tables, and below them what has happened. */
export function picture(scene: Scene, nowMs: number, { columns, rows }: Size): Line[] {
  const inner = columns - 2;
  const time = seconds(nowMs);
  const title = fit(
    [span("Taskmon  ", "number"), span(scene.title, "strong")],
    inner - time.length - 1,
  );
  const upper: Line[] = [
    [...pad(title, inner - time.length), span(time, "faint")],
    [],
    ...processTable(scene, nowMs, inner),
    [],
    [span("OTLP receiver", "faint")],
    ...streamTable(scene, nowMs, inner),
    [],
  ];
  const told = scene.events.map(narrate).filter((line) => line !== undefined);
  const height = rows === undefined ? Infinity : Math.max(1, rows - 1);
  const isLow = height < upper.length + MIN_TIMELINE;
  const shown = isLow ? upper.filter((line) => line.length > 0) : upper;
  const room = Math.min(told.length, Math.max(MIN_TIMELINE, height - shown.length));
  return [...shown, ...told.slice(told.length - room)]
    .slice(0, height)
    .map((line) => fit([span(" "), ...line], columns));
}
