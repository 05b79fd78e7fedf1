import { createHash } from "node:crypto";
import type { Answer, Asked } from "../serve/answer.ts";

/** A short tag of a text: the same for the same text. */
export function tagOf(text: string): string {
  return createHash("sha1").update(text, "utf8").digest("base64url").slice(0, 16);
}

/**
 * Answers a text with an `ETag`; with 304 and no text where the client has it already (RFC 9110, section 13).
 * No cache may keep it.
 */
export function taggedAnswer(
  asked: Asked,
  body: string,
  type: string,
  headers: Readonly<Record<string, string>> = {},
  etag: string = `"${tagOf(body)}"`,
): Answer {
  const common = {
    etag,
    // Clients revalidate each time, and no cache in between stores it.
    "cache-control": "no-store",
    vary: "authorization",
    "x-content-type-options": "nosniff",
    ...headers,
  };
  if (matches(asked.header("if-none-match"), etag))
    return { status: 304, headers: common, body: "" };
  return {
    status: 200,
    headers: {
      ...common,
      "content-type": type,
      "content-length": String(Buffer.byteLength(body)),
    },
    body,
  };
}

/** Whether a list of tags, as `If-Match` and `If-None-Match` have it, names this one. */
export function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  if (header.trim() === "*") return true;
  return header
    .slice(0, 2_000)
    .split(",")
    .some((tag) => tag.trim().replace(/^W\//, "") === etag);
}
