import { CHECKS_A_PAGE } from "../../api.ts";
import { pageOf, type Page } from "../../views/paging.ts";
import { type MonitoredView, monitorViews } from "../../views/monitors.ts";
import { type ProbeView, probeViews } from "../../views/probes.ts";
import { strip } from "../drawings.ts";
import { ago } from "../format.ts";
import { html, type Html } from "../html.ts";
import { action, empty, mark, pager, ran, table, whyNot } from "../parts.ts";
import { type Section, section } from "../section.ts";

/** The targets of probes. */
export const probesSection: Section = section<Page<ProbeView> & { readonly failing: number }>({
  ...{ id: "probes", title: "Probes", reads: ["ppage"] },
  load(context, query) {
    const all = probeViews(context);
    const failing = all.filter(({ state }) => state === "fail").length;
    return { ...pageOf(all, query.get("ppage"), CHECKS_A_PAGE), failing };
  },
  show({ failing, ...page }, query) {
    if (page.total === 0) {
      const hint = html`Add one with <code>taskmon.probes.add({ name, targets, probe })</code>.`;
      return { aside: "none", body: empty("Nothing is probed", hint) };
    }
    return {
      aside:
        failing === 0 ? `${page.total} targets` : mark("fail", `${failing} of ${page.total} fail`),
      body: html`${table(
        "Targets of probes",
        [
          {
            head: "Target",
            cell: ({ target, probe }) => html`${target} <span class="quiet">${probe}</span>`,
          },
          { head: "State", cell: ({ state }) => mark(state) },
          { head: "Last results", cell: ({ results }) => strip(results) },
          {
            head: "Why",
            cell: ({ state, why }) =>
              why === undefined ? html`<span class="quiet">–</span>` : whyNot(state, why),
          },
          {
            head: "Ran",
            cell: ({ startedAtMs, durationMs }) => ran(startedAtMs, durationMs),
          },
          { head: "Actions", isBare: true, cell: ({ probe, state }) => actions(probe, state) },
        ],
        page.items,
        ({ probe, target }) => `${probe} ${target}`,
      )}${pager(page, "ppage", query, "probes")}`,
    };
  },
});

function actions(probe: string, state: string): Html {
  const path = `api/v1/probes/${encodeURIComponent(probe)}`;
  return html`<span class="acts"
    >${state !== "paused" && action("Run", `Run probe ${probe}`, `POST ${path}/run`)}
    ${
      state === "paused"
        ? action("Resume", `Resume probe ${probe}`, `POST ${path}/resume`)
        : action("Pause", `Pause probe ${probe}`, `POST ${path}/pause`)
    }</span
  >`;
}

/** The monitored services. */
export const monitorsSection: Section = section<Page<MonitoredView> & { readonly down: number }>({
  ...{ id: "monitors", title: "Monitored services", reads: ["mpage"] },
  load(context, query) {
    const all = monitorViews(context);
    const down = all.filter(({ state }) => state === "down").length;
    return { ...pageOf(all, query.get("mpage"), CHECKS_A_PAGE), down };
  },
  show({ down, ...page }, query) {
    if (page.total === 0) {
      const hint = html`Add one with <code>taskmon.monitors.add(name, { url })</code>.`;
      return { aside: "none", body: empty("No service is monitored", hint) };
    }
    return {
      aside: down === 0 ? `${page.total} services` : mark("down", `${down} of ${page.total} down`),
      body: html`${table(
        "Monitored services",
        [
          {
            head: "Service",
            cell: ({ name, url }) => html`${name} <span class="quiet">${url}</span>`,
          },
          {
            head: "State",
            cell: ({ state, since }) =>
              html`${mark(state)} <span class="quiet">${ago(since)}</span>`,
          },
          { head: "Last probes", cell: ({ results }) => strip(results) },
          {
            head: "Why",
            cell: ({ state, lastProbe }) =>
              lastProbe?.error === undefined
                ? html`<span class="quiet">–</span>`
                : whyNot(state, lastProbe.error),
          },
          {
            head: "Triggers",
            cell: ({ triggers }) =>
              triggers.length === 0
                ? html`<span class="quiet">none</span>`
                : triggers.map(
                    ({ slot, fired, lastOutcome }) =>
                      html`<span
                        >${slot}: fired ${fired}×${lastOutcome !== undefined && `, ${lastOutcome}`}
                      </span>`,
                  ),
          },
          {
            head: "Actions",
            isBare: true,
            cell: ({ name }) =>
              html`<span class="acts"
                >${action("Probe", `Probe service ${name}`, `POST api/v1/monitors/${encodeURIComponent(name)}/probe`)}</span
              >`,
          },
        ],
        page.items,
        ({ name }) => name,
      )}${pager(page, "mpage", query, "monitors")}`,
    };
  },
});
