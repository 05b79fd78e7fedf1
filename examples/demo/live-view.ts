import type { WriteStream } from "node:tty";
import { picture } from "./picture.ts";
import type { Scene } from "./scene.ts";
import { toText } from "./text.ts";

const FRAME_MS = 100;
const HIDE_CURSOR = "\u001B[?25l";
const SHOW_CURSOR = "\u001B[?25h";
const ERASE_TO_END_OF_LINE = "\u001B[K";
const ERASE_BELOW = "\u001B[J";

/** Draws the picture in a terminal again and again, each over the last. */
export class LiveView {
  readonly #output: WriteStream;
  readonly #scene: Scene;
  readonly #now: () => number;
  readonly #colour: boolean;
  readonly #timer: NodeJS.Timeout;
  /** The widths of the lines on the screen: they wrap where the terminal has become narrower. */
  #drawn: readonly number[] = [];

  constructor(output: WriteStream, scene: Scene, now: () => number) {
    this.#output = output;
    this.#scene = scene;
    this.#now = now;
    // Follows NO_COLOR, FORCE_COLOR and TERM.
    this.#colour = output.hasColors();
    output.write(HIDE_CURSOR);
    this.#timer = setInterval(() => this.#draw(output.rows), FRAME_MS);
  }

  show(): void {
    // The next frame shows it.
  }

  /** Draws for the last time, with the whole of the timeline, and gives the terminal back. */
  end(): void {
    clearInterval(this.#timer);
    this.#draw();
    this.#output.write(SHOW_CURSOR);
  }

  #draw(rows?: number): void {
    const columns = this.#output.columns || 80;
    const size = rows === undefined ? { columns } : { columns, rows };
    const lines = picture(this.#scene, this.#now(), size);
    const text = lines
      .map((line) => `${toText(line, this.#colour)}${ERASE_TO_END_OF_LINE}\n`)
      .join("");
    this.#output.write(`${this.#toTop(columns)}${text}${ERASE_BELOW}`);
    this.#drawn = lines.map((line) => line.reduce((sum, span) => sum + span.text.length, 0));
  }

  #toTop(columns: number): string {
    const rows = this.#drawn.reduce((sum, each) => sum + Math.max(1, Math.ceil(each / columns)), 0);
    return rows === 0 ? "" : `\u001B[${rows}A\r`;
  }
}
