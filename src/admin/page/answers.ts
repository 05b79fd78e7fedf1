import type { Answer, Asked } from "../../serve/answer.ts";
import type { Caller } from "../access.ts";
import type { AdminContext } from "../context.ts";
import { taggedAnswer } from "../tagged-answer.ts";
import { pageHtml } from "./page.ts";
import { RenderedSections } from "./rendered.ts";

/** The longest list of what a page has that is read. */
const MAX_HAVE = 1_000;

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
  return async (asked, path, who) => {
    const query = new URLSearchParams(asked.query.slice(0, 4_000));
    if (path === "") {
      const sections = await rendered.all(query);
      const body = pageHtml(context, sections, who);
      return taggedAnswer(asked, body, "text/html; charset=utf-8", SECURITY);
    }
    if (path !== "updates") return undefined;
    const have = new Set((query.get("have") ?? "").slice(0, MAX_HAVE).split("."));
    const sections = (await rendered.all(query)).filter(({ tag }) => !have.has(tag));
    const body = JSON.stringify({
      now: context.settings.clock.wallTime(),
      role: who.role,
      sections: sections.map(({ id, tag, text }) => ({ id, tag, html: text })),
    });
    return taggedAnswer(asked, body, "application/json", SECURITY);
  };
}
