import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { span } from "../../examples/demo/text.ts";
import { COLUMNS, storyPicture, topPicture } from "../../scripts/pictures/pictures.ts";
import { linesOf, structureOf, terminalSvg } from "../../scripts/pictures/terminal-svg.ts";
import { type Row, UNKNOWN } from "../../src/cli/top/row.ts";

const PICTURES = join(import.meta.dirname, "../../docs/pictures");

it.each(["light", "dark"] as const)("top looks as its %s picture, numbers apart", (theme) => {
  const rows = [1, 2, 3].map((port): Row => ({
    ...UNKNOWN,
    ...{ at: `127.0.0.1:${40_000 + port}`, state: "up", service: "shop", number: port },
    ...{ leaseS: 4, requestsPerSecond: 20, errorRatio: 0.071, p99S: 0.2, exports: "ok" },
    lastExportAgeS: 1,
  }));
  const { name, title, lines, parts } = topPicture(rows);
  const now = terminalSvg(lines, { theme, title, columns: COLUMNS });
  const shown = readFileSync(join(PICTURES, `${name}-${theme}.svg`), "utf8");
  // If they differ: npm run pictures
  expect(structureOf(shown, parts)).toEqual(structureOf(now, parts));
});

it("shows every character of its lines, whatever XML makes of it", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "grapheme-ascii" })), (texts) => {
      const lines = texts.map((text) => [span(text, "bad")]);
      const svg = terminalSvg(lines, { theme: "dark", title: "<&>", columns: 80 });
      expect(linesOf(svg)).toEqual(texts);
    }),
  );
});

it("tells what is shown from what differs from run to run", () => {
  const svg = (...texts: string[]): string =>
    terminalSvg(
      texts.map((text) => [span(text)]),
      { theme: "light", title: "t", columns: 80 },
    );
  const one = svg("A 100  ━━╌ 2.5 s", "B 101", "", "told");
  expect(structureOf(one, 1)).toEqual(structureOf(svg("B 7", "C 1,000 ━ 12 s", "", "else"), 1));
  expect(structureOf(one, 1)).not.toEqual(structureOf(svg("A 100 killed", "B 101", ""), 1));
  expect(structureOf(one, 2)).not.toEqual(structureOf(svg("A 1 ━ 2 s", "B 1", "", "else"), 2));
});

it("takes no picture of a story that was not told to its end", () => {
  expect(() => storyPicture([])).toThrow("did not tell its story to the end");
});
