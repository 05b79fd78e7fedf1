import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const src = join(import.meta.dirname, "../../src");

/** Places where a tag stands behind other text in a comment of several lines, which no tool reads as a tag. */
function hiddenTags(text: string): string[] {
  return [...text.matchAll(/^[ \t]*\/\*\*\n(?:[ \t]+\*.*\n)+?[ \t]+\*\/$/gm)].flatMap(([comment]) =>
    comment
      .split("\n")
      .filter((line) =>
        /\S[^@`]* @(?:param|returns|throws|typeParam)\b/.test(line.replace(/^\s*\*/, "")),
      ),
  );
}

it("finds a tag behind other text", () => {
  expect(hiddenTags("/**\n * Does it. @returns what\n * it did\n */")).toEqual([
    " * Does it. @returns what",
  ]);
  expect(hiddenTags("/**\n * Does it.\n * @returns what it did\n */")).toEqual([]);
});

it("begins a line with each tag", () => {
  const found = globSync("**/*.ts", { cwd: src }).flatMap((file) =>
    hiddenTags(readFileSync(join(src, file), "utf8")).map((line) => `${file}: ${line.trim()}`),
  );
  expect(found).toEqual([]);
});
