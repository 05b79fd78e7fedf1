import type { Line, Tone } from "../../examples/demo/text.ts";

/** The colours of one theme; contrasts of 4.5 and more. */
export type Theme = "light" | "dark";

const COLORS: Readonly<Record<Theme, Readonly<Record<Tone | "ground", string>>>> = {
  light: {
    ...{ ground: "#ffffff", plain: "#1f2328", strong: "#1f2328", faint: "#59636e" },
    ...{ good: "#116329", wait: "#7d4e00", bad: "#b3151f", number: "#0550ae" },
  },
  dark: {
    ...{ ground: "#0d1117", plain: "#e6edf3", strong: "#ffffff", faint: "#9198a1" },
    ...{ good: "#56d364", wait: "#e3b341", bad: "#ff7b72", number: "#79c0ff" },
  },
};

const CELL_WIDTH = 8.4;
const LINE_HEIGHT = 20;
const PADDING = 16;

/** Lines of a terminal as a picture. Its text can be selected, and read aloud by its title. */
export function terminalSvg(
  lines: readonly Line[],
  { theme, title, columns }: { theme: Theme; title: string; columns: number },
): string {
  const colors = COLORS[theme];
  const width = Math.ceil(columns * CELL_WIDTH + 2 * PADDING);
  const height = lines.length * LINE_HEIGHT + 2 * PADDING;
  const texts = lines.map((line, at) => {
    const y = PADDING + at * LINE_HEIGHT + 14;
    let column = 0;
    const spans = line.map(({ text, tone }) => {
      const x = (PADDING + column * CELL_WIDTH).toFixed(1);
      column += text.length;
      const weight = tone === "strong" ? ' font-weight="bold"' : "";
      return `<tspan x="${x}" fill="${colors[tone]}"${weight}>${escape(text)}</tspan>`;
    });
    return `<text y="${y}">${spans.join("")}</text>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" role="img" font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,monospace" font-size="14">`,
    `<title>${escape(title)}</title>`,
    `<rect width="100%" height="100%" rx="8" fill="${colors.ground}"/>`,
    ...texts,
    "</svg>",
    "",
  ].join("\n");
}

/** The lines of text that such a picture shows. */
export function linesOf(svg: string): string[] {
  return [...svg.matchAll(/<text [^>]*>(.*?)<\/text>/gs)].map(([, inner]) =>
    unescape(inner!.replaceAll(/<[^>]+>/g, "")),
  );
}

/**
 * What a picture shows, without what differs from run to run: numbers, which process it was that was
 * killed, how full a bar is.
 * @param parts how many parts count, each of which ends in a blank line
 */
export function structureOf(svg: string, parts: number): string[] {
  const lines = linesOf(svg);
  const blanks = lines.flatMap((line, at) => (line.trim() === "" ? [at] : []));
  return lines
    .slice(0, blanks[parts - 1] ?? lines.length)
    .map((line) =>
      line
        .replaceAll(/\d[\d.,]*/g, "#")
        .replaceAll(/\b[A-E]\b/g, "P")
        .replaceAll(/[━╌]+/g, "=")
        .replaceAll(/\s+/g, " ")
        .trim(),
    )
    .filter((line) => line !== "")
    .toSorted();
}

/** Browsers make one blank of several, but not of those that do not break. */
function escape(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll(" ", "\u00A0");
}

function unescape(text: string): string {
  return text
    .replaceAll("\u00A0", " ")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}
