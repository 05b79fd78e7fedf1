import type { DemoEvent } from "../../examples/demo/events.ts";
import { picture } from "../../examples/demo/picture.ts";
import { Scene } from "../../examples/demo/scene.ts";
import { type Line, span } from "../../examples/demo/text.ts";
import { isAiling, render } from "../../src/cli/top/render.ts";
import type { Row } from "../../src/cli/top/row.ts";

/** A picture before it has its colours. */
export interface Picture {
  /** Of its files in docs/pictures: `demo-light.svg`, `demo-dark.svg`. */
  readonly name: string;
  readonly title: string;
  readonly lines: readonly Line[];
  /** How many of its parts, each of which ends in a blank line, look the same in every run. */
  readonly parts: number;
}

/** How wide pictures are. */
export const COLUMNS = 88;
const ROWS = 25;

/**
 * The demo's own picture at the end of its story.
 * @param events what happened, up to the end
 */
export function storyPicture(events: readonly DemoEvent[]): Picture {
  const scene = new Scene();
  const end = events.findIndex(({ event }) => event === "finished");
  if (end === -1) throw new Error("the demo did not tell its story to the end");
  for (const event of events.slice(0, end + 1)) scene.apply(event);
  return {
    name: "demo",
    title: "Five processes share three task numbers: one was killed, one stopped, two took over",
    lines: picture(scene, events[end]!.atMs, { columns: COLUMNS, rows: ROWS }),
    // Title, processes, receiver; what is told below comes as it comes.
    parts: 3,
  };
}

/** What `taskmon top` shows of these processes. */
export function topPicture(rows: readonly Row[]): Picture {
  const texts = render(rows, { columns: COLUMNS, color: false });
  return {
    name: "top",
    title: "taskmon top: three processes with their numbers, requests, latencies and exports",
    lines: [
      [span(`$ npx taskmon top ${rows.map(({ at }) => at).join(" ")}`, "faint")],
      ...texts.map((text, at): Line => {
        const row = rows[at - 1];
        if (row === undefined) return [span(text, "strong")];
        const { length } = row.state;
        const tone = isAiling(row) ? "bad" : "good";
        return [span(text.slice(0, length), tone), span(text.slice(length))];
      }),
    ],
    parts: 1,
  };
}
