import { pageOf, type Page } from "../../views/paging.ts";
import { checkViews, type CheckView, groupViews, type GroupView } from "../../views/checks.ts";
import { CHECKS_A_PAGE } from "../../api.ts";
import { strip } from "../drawings.ts";
import { html, type Html } from "../html.ts";
import { action, empty, mark, pager, ran, table, whyNot } from "../parts.ts";
import { type Section, section } from "../section.ts";

interface HealthData extends Page<CheckView> {
  readonly groups: readonly GroupView[];
  readonly failing: number;
}

/** The groups of health checks, and each check with its last results and why. */
export const healthSection: Section = section<HealthData>({
  ...{ id: "health", title: "Health", reads: ["hpage"] },
  load(context, query) {
    const checks = checkViews(context);
    return {
      groups: groupViews(context),
      failing: checks.filter(({ state }) => state === "fail").length,
      ...pageOf(checks, query.get("hpage"), CHECKS_A_PAGE),
    };
  },
  show({ groups, failing, ...page }, query) {
    if (page.total === 0) {
      const hint = html`Register one with <code>taskmon.health.register(name, check)</code>.`;
      return { aside: "none", body: empty("There is no health check", hint) };
    }
    return {
      aside:
        failing === 0 ? `${page.total} checks` : mark("fail", `${failing} of ${page.total} fail`),
      body: html`<ul class="chips" aria-label="Groups">
          ${groups.map(
            ({ group, status, reason }) =>
              html`<li>
                ${group}
                ${mark(status)}${reason !== undefined && html` <span class="quiet">${reason}</span>`}
              </li>`,
          )}
        </ul>
        ${table(
          "Health checks",
          [
            {
              head: "Check",
              cell: ({ name, critical }) =>
                html`${name}${!critical && html` <span class="quiet">not critical</span>`}`,
            },
            {
              head: "State",
              cell: ({ state, maintenance, forced }) =>
                html`${mark(state)}${maintenance && html` ${mark("maintenance", "maintenance")}`}${forced !== undefined && html` <span class="quiet">forced to ${forced.status}: ${forced.reason}</span>`}`,
            },
            { head: "Last results", cell: ({ results }) => strip(results) },
            { head: "Why", cell: (check) => whyOf(check) },
            {
              head: "Ran",
              cell: ({ startedAtMs, durationMs }) => ran(startedAtMs, durationMs),
            },
            { head: "Actions", isBare: true, cell: ({ name, state }) => actions(name, state) },
          ],
          page.items,
          ({ name }) => name,
        )}${pager(page, "hpage", query, "health")}`,
    };
  },
});

function whyOf({ state, why, causedBy, consecutiveFailures }: CheckView): Html | string {
  if (why === undefined && causedBy === undefined) return html`<span class="quiet">–</span>`;
  return html`${whyNot(state, why)}${causedBy !== undefined && html` <span class="quiet">because of ${causedBy}</span>`}${consecutiveFailures > 1 && html` <span class="quiet">${consecutiveFailures} times in a row</span>`}`;
}

function actions(name: string, state: string): Html {
  const path = `api/v1/health/${encodeURIComponent(name)}`;
  return html`<span class="acts"
    >${state !== "paused" && action("Run", `Run health check ${name}`, `POST ${path}/run`)}
    ${
      state === "paused"
        ? action("Resume", `Resume health check ${name}`, `POST ${path}/resume`)
        : action("Pause", `Pause health check ${name}`, `POST ${path}/pause`)
    }</span
  >`;
}
