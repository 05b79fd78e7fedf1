import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, expect, inject, it } from "vitest";
import { declarationOf } from "../../scripts/docs-site/declarations.ts";
import { renderPage } from "../../scripts/docs-site/render.ts";
import { writeSite } from "../../scripts/docs-site/site.ts";
import { Slugs } from "../../scripts/docs-site/slug.ts";
import { publicNames } from "../../scripts/public-names.ts";

const root = join(import.meta.dirname, "../..");
let site: string;
let pages: readonly string[];
const texts = new Map<string, string>();

beforeAll(() => {
  site = join(mkdtempSync(join(inject("testRun").folder, "site-")), "site");
  pages = writeSite(root, site);
  for (const page of pages) texts.set(page, readFileSync(join(site, page), "utf8"));
}, 120_000);

it("has every page of the docs, under its title", () => {
  const docs = readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" });
  const expected = docs
    .filter((file) => file.endsWith(".md") && file !== "README.md")
    .map((file) => file.replace(/\.md$/, ".html"));
  expect(pages).toEqual(expect.arrayContaining(["index.html", ...expected]));
  expect(texts.get("doctor.html")).toContain("<title>The doctor – Taskmon</title>");
});

it("has no dead link, to a page, a heading or a file", () => {
  const dead: string[] = [];
  for (const [page, text] of texts) {
    const ids = new Set(Array.from(text.matchAll(/ id="([^"]+)"/g), ([, id]) => id));
    for (const [, href] of text.matchAll(/(?:href|src|srcset)="([^"]+)"/g)) {
      if (/^(?:https?|mailto|file):/.test(href!)) continue;
      const [path = "", fragment] = href!.split("#");
      const target = path === "" ? page : join(dirname(page), path);
      const isThere = existsSync(join(site, target));
      const has = (id: string): boolean =>
        path === "" ? ids.has(id) : (texts.get(target)?.includes(` id="${id}"`) ?? true);
      if (!isThere || (fragment !== undefined && !has(fragment))) dead.push(`${page}: ${href}`);
    }
  }
  expect(dead).toEqual([]);
});

it("takes nothing from the network", () => {
  for (const [page, text] of texts) {
    const loaded = text.match(
      /<(?:script|img|link|iframe)\b[^>]*(?:src|href)="(?:https?:)?\/\/[^"]*"/g,
    );
    expect(loaded, page).toBeNull();
  }
});

it("has a reference of every exported name, with its declaration and without bodies", () => {
  for (const [entry, { values, types }] of publicNames(root)) {
    const text = texts.get(`api/${entry.replaceAll("/", "-")}.html`)!;
    for (const name of [...values, ...types]) {
      expect(text, `${entry} ${name}`).toContain(`>${name}</h3>`);
    }
  }
  const metrics = texts.get("api/taskmon-metrics.html")!;
  expect(metrics).toContain("export declare function defineCounter&lt;");
  expect(metrics).toContain("Declares a counter: a sum that only grows.");
});

it("finds a declaration behind other modules, with its overloads and its comment", () => {
  const folder = mkdtempSync(join(inject("testRun").folder, "declarations-"));
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const index = file("index.d.ts", 'export { inner as outer, type Shape } from "./deep.js";\n');
  file(
    "deep.d.ts",
    `/** One thing; "{" and */
import type { X } from "./x.js";
/** Not this. */
declare const other: 1;
/**
 * Adds { up.
 * @returns more
 */
export declare function inner(a: { b: string }): void;
export declare function inner(a: "}", b: number): void;
/** A shape. */
export interface Shape {
    /** } */
    readonly a: "{";
}
`,
  );
  expect(declarationOf(index, "outer")).toEqual({
    name: "outer",
    doc: "Adds { up.\n@returns more",
    code: 'export declare function inner(a: { b: string }): void;\nexport declare function inner(a: "}", b: number): void;',
  });
  expect(declarationOf(index, "Shape")?.code).toMatch(/^export interface Shape \{[^]*"\{";\n\}$/);
  expect(declarationOf(index, "missing")).toBeUndefined();
});

it("names headings as GitHub does, and shows markup in code as text", () => {
  const slugs = new Slugs();
  expect(
    ["What's `new` here?", "A – b", "A – b", "taskmon.task"].map((one) =>
      slugs.of(one.replaceAll("`", "")),
    ),
  ).toEqual([...["whats-new-here", "a--b", "a--b-1", "taskmontask"]]);
  const { html, title, files } = renderPage(
    "docs/a.md",
    "# A `<b>`\n\n[x](../src/x.ts) [y](y.md#z) `<script>`\n",
    (path) =>
      path.endsWith(".md") ? path.replace(/^docs\/|\.md$/g, "").concat(".html") : undefined,
  );
  expect(title).toBe("A &lt;b&gt;");
  expect(html).toContain('<a href="files/src/x.ts">x</a> <a href="y.html#z">y</a>');
  expect(html).toContain("<code>&lt;script&gt;</code>");
  expect(files).toEqual(["src/x.ts"]);
});
