import { readFileSync } from "node:fs";
import type { Answer, Asked } from "../serve/answer.ts";
import { tagOf, taggedAnswer } from "./tagged-answer.ts";

/** The files of the page. Written out, so that bundlers that follow such URLs bring them along. */
const FILES: Readonly<Record<string, { readonly url: URL; readonly type: string }>> = {
  "page.css": {
    url: new URL("./assets/page.css", import.meta.url),
    type: "text/css; charset=utf-8",
  },
  "page.js": {
    url: new URL("./assets/page.js", import.meta.url),
    type: "text/javascript; charset=utf-8",
  },
  "favicon.svg": { url: new URL("./assets/favicon.svg", import.meta.url), type: "image/svg+xml" },
};

/** Read at first use, then kept. */
const texts = new Map<string, string>();

/** A file of the page; undefined where there is none of that name. */
export function assetAnswer(asked: Asked, path: string): Answer | undefined {
  const file = Object.hasOwn(FILES, path) ? FILES[path] : undefined;
  if (file === undefined) return undefined;
  const text = textOf(path);
  // The page asks for the file of its version: `page.js?v=…`.
  const isNamed = asked.query === `v=${tagOf(text)}`;
  const cache = isNamed ? "private, max-age=31536000, immutable" : "no-cache";
  return taggedAnswer(asked, text, file.type, {
    "cache-control": cache,
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
  });
}

/** The path of a file of the page in its present version. */
export function assetPath(name: string): string {
  return `${name}?v=${tagOf(textOf(name))}`;
}

function textOf(name: string): string {
  const known = texts.get(name);
  if (known !== undefined) return known;
  const text = readFileSync(FILES[name]!.url, "utf8");
  texts.set(name, text);
  return text;
}
