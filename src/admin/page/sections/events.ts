import type { RecentEvent } from "../../recent.ts";
import { pageOf, type Page } from "../../views/paging.ts";
import { ago } from "../format.ts";
import { html } from "../html.ts";
import { empty, mark, pager } from "../parts.ts";
import { type Section, section } from "../section.ts";

const EVENTS_A_PAGE = 25;

/** The latest events. */
export const eventsSection: Section = section<Page<RecentEvent>>({
  ...{ id: "events", title: "Errors and events", reads: ["epage"] },
  load: ({ recent }, query) => pageOf(recent.events, query.get("epage"), EVENTS_A_PAGE),
  show(page, query) {
    if (page.total === 0) {
      return {
        aside: "none",
        body: empty("Nothing has happened yet", "What changes from now on is here."),
      };
    }
    return {
      aside: `${page.total} of late`,
      body: html`<ol class="events">
          ${page.items.map(
            ({ atMs, severity, part, text }) =>
              html`<li>
                ${mark(severity)} <span class="part">${part}</span>
                <span class="text">${text}</span> <span class="quiet">${ago(atMs)}</span>
              </li>`,
          )}
        </ol>
        ${pager(page, "epage", query, "events")}`,
    };
  },
});
