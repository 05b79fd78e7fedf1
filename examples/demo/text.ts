/** What a piece of text is to the reader; colours follow from it. */
export type Tone = "plain" | "strong" | "faint" | "good" | "wait" | "bad" | "number";

/** A piece of text of one tone. */
export interface Span {
  readonly text: string;
  readonly tone: Tone;
}

/** A line of a picture. Every character is one column wide. */
export type Line = readonly Span[];

export function span(text: string, tone: Tone = "plain"): Span {
  return { text, tone };
}

/** How many columns a line takes. */
export function width(line: Line): number {
  return line.reduce((columns, { text }) => columns + text.length, 0);
}

/** Cuts a line off after `columns`, with an ellipsis for what is gone. */
export function fit(line: Line, columns: number): Line {
  if (width(line) <= columns) return line;
  let left = Math.max(0, columns - 1);
  const kept: Span[] = [];
  for (const { text, tone } of line) {
    kept.push(span(text.slice(0, left), tone));
    left -= text.length;
    if (left <= 0) break;
  }
  return columns > 0 ? [...kept, span("…", "faint")] : [];
}

/** Fills a line up to `columns`, on the left for `right` alignment. */
export function pad(line: Line, columns: number, align: "left" | "right" = "left"): Line {
  const fill = span(" ".repeat(Math.max(0, columns - width(line))));
  return align === "left" ? [...line, fill] : [fill, ...line];
}

/** The line as text, with ANSI colours or without. */
export function toText(line: Line, colour: boolean): string {
  const text = line.map((each) => (colour ? paint(each) : each.text)).join("");
  return colour ? text : text.trimEnd();
}

const SGR: Readonly<Record<Tone, string>> = {
  plain: "",
  strong: "1",
  faint: "2",
  good: "32",
  wait: "33",
  bad: "31",
  number: "1;36",
};

function paint({ text, tone }: Span): string {
  return SGR[tone] === "" || text === "" ? text : `\u001B[${SGR[tone]}m${text}\u001B[0m`;
}
