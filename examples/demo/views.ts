import type { WriteStream } from "node:tty";
import type { DemoEvent } from "./events.ts";
import { LiveView } from "./live-view.ts";
import { narrate, narrateExport } from "./narrate.ts";
import { processTable } from "./process-table.ts";
import type { Scene } from "./scene.ts";
import { streamTable } from "./stream-table.ts";
import { type Line, toText } from "./text.ts";

/** Shows the story to somebody. */
export interface View {
  /** Something happened; the scene has it already. */
  show(event: DemoEvent): void;
  /** The story is over, or was left. */
  end(): void;
}

/** The view for this output: JSON where that is asked for, live in a terminal, else plain lines. */
export function viewFor(output: WriteStream, json: boolean, scene: Scene, now: () => number): View {
  if (json) return jsonView((text) => output.write(text));
  if (output.isTTY && process.env["TERM"] !== "dumb") return new LiveView(output, scene, now);
  return plainView((text) => output.write(text), scene);
}

/** Each event as one line of JSON. */
function jsonView(write: (text: string) => void): View {
  return { show: (event) => write(`${JSON.stringify(event)}\n`), end: () => undefined };
}

const PLAIN_COLUMNS = 100;

/** Each event as one line for people, exports too, and the tables at the end of each chapter. */
function plainView(write: (text: string) => void, scene: Scene): View {
  const print = (line: Line): void => write(`${toText(line, false)}\n`);
  return {
    show(event) {
      const isBreak = event.event === "chapter" || event.event === "finished";
      if (isBreak && scene.processes.size > 0) {
        for (const make of [processTable, streamTable]) {
          print([]);
          make(scene, event.atMs, PLAIN_COLUMNS).forEach(print);
        }
        print([]);
      }
      const line =
        event.event === "exported"
          ? narrateExport(event, scene.processOfEpoch(event.epoch ?? -1))
          : narrate(event);
      if (line !== undefined) print(line);
    },
    end: () => undefined,
  };
}
