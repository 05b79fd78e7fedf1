import type { Answer, Asked } from "../serve/answer.ts";
import { assetSource } from "./asset-source.ts";
import { tagOf, taggedAnswer } from "./tagged-answer.ts";

/** The files of the page, by their names. */
const TYPES: Readonly<Record<string, string>> = {
  "page.css": "text/css; charset=utf-8",
  "page.js": "text/javascript; charset=utf-8",
  "plot.js": "text/javascript; charset=utf-8",
  "favicon.svg": "image/svg+xml",
};

/** Read at first use, then kept. */
const texts = new Map<string, string>();

/** A file of the page; undefined if no file has this name. */
export function assetAnswer(asked: Asked, path: string): Answer | undefined {
  const type = Object.hasOwn(TYPES, path) ? TYPES[path] : undefined;
  if (type === undefined) return undefined;
  const text = textOf(path);
  // The page asks for the file of its version: `page.js?v=…`.
  const isNamed = asked.query === `v=${tagOf(text)}`;
  const cache = isNamed ? "private, max-age=31536000, immutable" : "no-cache";
  return taggedAnswer(asked, text, type, {
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
  const text = assetSource(name);
  texts.set(name, text);
  return text;
}
