import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import * as app from "../../src/app/index.ts";

const root = join(import.meta.dirname, "../..");
/** Pages that people write; the lists of errors and options name whatever there is. */
const pages = globSync("docs/*.md", { cwd: root })
  .filter((page) => !/^docs\/(?:errors|options)\.md$/.test(page))
  .map((page) => readFileSync(join(root, page), "utf8"))
  .join("\n");
/** A program meets these where it catches them. */
const isErrorClass = (name: string): boolean => /^[A-Z]\w*Error$/.test(name);

it("exports no name that a page does not tell of", () => {
  const untold = Object.keys(app).filter(
    (name) => !isErrorClass(name) && !new RegExp(`\\b${name}\\b`).test(pages),
  );
  expect(untold).toEqual([]);
});

it("exports functions that make things, and not their classes", () => {
  const classes = Object.entries<unknown>(app).flatMap(([name, value]) =>
    typeof value === "function" && /^class\b/.test(String(value)) ? [name] : [],
  );
  expect(classes.filter((name) => !isErrorClass(name))).toEqual([]);
});
