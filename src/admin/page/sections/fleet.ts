import { type FleetView, fleetView, type MemberView } from "../../views/fleet.ts";
import { ago } from "../format.ts";
import { html } from "../html.ts";
import { empty, mark, table, trouble } from "../parts.ts";
import { type Section, section } from "../section.ts";

const MAX_SHOWN = 200;

/** A store has other work than to list its numbers for those who look. */
const KEPT_MS = 10_000;

/** Without until when, which each heartbeat of anybody moves on. */
interface Fleet extends Omit<FleetView, "members"> {
  readonly members: readonly Omit<MemberView, "untilMs">[];
}

/** Who holds which number. */
export const fleetSection: Section = section<Fleet>({
  ...{ id: "fleet", title: "Fleet", reads: [], keptMs: KEPT_MS },
  async load(context) {
    const view = await fleetView(context);
    return { ...view, members: view.members.map(({ untilMs: _, ...member }) => member) };
  },
  show({ source, error, members }) {
    const note =
      source === "failed"
        ? trouble("The store could not be asked", error)
        : source === "alone" &&
          html`<p class="quiet">
            The allocator cannot list its numbers, so that this process alone is shown.
          </p>`;
    if (members.length === 0) {
      return {
        aside: "none",
        body: html`${note}${empty("Nobody holds a number", "As soon as somebody does, it is here.")}`,
      };
    }
    const shown = members.slice(0, MAX_SHOWN);
    const held = members.filter(({ state }) => state === "held").length;
    return {
      aside: `${held} held`,
      body: html`${note}${table(
        "Numbers",
        [
          {
            head: "Number",
            cell: ({ number, self }) =>
              html`<b>${number}</b>${self && html` <span class="quiet">this process</span>`}`,
          },
          { head: "State", cell: ({ state }) => mark(state) },
          {
            head: "Instance",
            cell: ({ instance }) =>
              instance === undefined
                ? html`<span class="quiet">nobody</span>`
                : html`<code>${instance}</code>`,
          },
          { head: "Since", cell: ({ sinceMs }) => (sinceMs === undefined ? "–" : ago(sinceMs)) },
          { head: "Epoch", cell: ({ epoch }) => epoch, isNumber: true },
          {
            head: "Page",
            cell: ({ adminUrl, number }) =>
              adminUrl === undefined
                ? html`<span class="quiet">not said</span>`
                : html`<a href="${adminUrl}" rel="noreferrer" aria-label="Page of number ${number}"
                    >open</a
                  >`,
          },
        ],
        shown,
        ({ number }) => String(number),
      )}${members.length > MAX_SHOWN && html`<p class="quiet">and ${members.length - MAX_SHOWN} more, in <code>api/v1/fleet</code></p>`}`,
    };
  },
});
