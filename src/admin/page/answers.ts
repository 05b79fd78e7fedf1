import type { Answer, Asked } from "../../serve/answer.ts";
import type { Caller } from "../access.ts";
import type { AdminContext } from "../context.ts";
import type { Role } from "../roles.ts";
import { taggedAnswer, tagOf } from "../tagged-answer.ts";
import { pageHtml } from "./page.ts";
import { type Rendered, RenderedSections } from "./rendered.ts";

/** The longest list of what a page has that is read. */
const MAX_HAVE = 1_000;

/** Updates that are kept for the next page that asks for the same. */
const MAX_UPDATES = 20;

interface Update {
  readonly body: string;
  readonly etag: string;
}

const SECURITY = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "x-frame-options": "DENY",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};

/** Answers the page, and the updates that its script asks for; undefined for other paths. */
export function pageAnswers(
  context: AdminContext,
): (asked: Asked, path: string, who: Caller) => Promise<Answer | undefined> {
  const rendered = new RenderedSections(context);
  const updates = new Map<string, Update>();
  const updateOf = (role: Role | undefined, sections: readonly Rendered[]): Update => {
    // The tags say what the sections show, so that the same tags make the same text.
    const key = [role, ...sections.map(({ tag }) => tag)].join(".");
    const known = updates.get(key);
    if (known !== undefined) return known;
    const changed = sections.map(({ id, tag, text }) => ({ id, tag, html: text() }));
    const body = JSON.stringify({ role, sections: changed });
    const update = { body, etag: `"${tagOf(body)}"` };
    updates.set(key, update);
    for (const oldest of updates.keys()) {
      if (updates.size <= MAX_UPDATES) break;
      updates.delete(oldest);
    }
    return update;
  };
  return async (asked, path, who) => {
    const query = new URLSearchParams(asked.query.slice(0, 4_000));
    if (path === "") {
      const sections = await rendered.some(query);
      const body = pageHtml(context, sections, who);
      return taggedAnswer(asked, body, "text/html; charset=utf-8", SECURITY);
    }
    if (path !== "updates") return undefined;
    const have = new Set((query.get("have") ?? "").slice(0, MAX_HAVE).split("."));
    const only = query.get("only")?.split(".");
    const sections = await rendered.some(query, only && new Set(only));
    const { body, etag } = updateOf(
      who.role,
      sections.filter(({ tag }) => !have.has(tag)),
    );
    const now = { "taskmon-now": String(context.settings.clock.wallTime()) };
    return taggedAnswer(asked, body, "application/json", { ...SECURITY, ...now }, etag);
  };
}
