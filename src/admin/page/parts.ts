import { ago, duration } from "./format.ts";
import { html, type Html, type Part } from "./html.ts";

/** How a state looks: its tone, and the sign that says it without colour. */
const TONES: Readonly<Record<string, readonly [tone: string, sign: string]>> = {
  ...tones("good", "✓", ["pass", "ok", "up", "held", "alive"]),
  ...tones("warn", "▲", ["warn", "starting", "dying", "expired", "failing"]),
  ...tones("bad", "✕", ["fail", "down", "silent", "error", "failed", "lost"]),
  ...tones("mute", "?", ["unknown", "unseen", "waiting", "unassigned", "new"]),
  ...tones("mute", "❚❚", ["paused", "maintenance", "explained", "resting", "off"]),
  ...tones("mute", "■", ["dead", "released", "stopped"]),
  ...tones("mute", "·", ["info"]),
};

function tones(tone: string, sign: string, states: readonly string[]): typeof TONES {
  return Object.fromEntries(states.map((state) => [state, [tone, sign] as const]));
}

/** A state with its sign and in words. */
export function mark(state: string, word: string = state): Html {
  const [tone, sign] = TONES[state] ?? ["mute", "?"];
  return html`<span class="mark ${tone}"><span aria-hidden="true">${sign}</span> ${word}</span>`;
}

/** Why something is in its state, in the tone of the state. */
export function whyNot(state: string, why: Part): Html {
  return html`<span class="why ${TONES[state]?.[0] ?? "mute"}">${why}</span>`;
}

/** A column of a table: its head, and what stands in each row. */
export interface Column<T> {
  readonly head: string;
  /** Whether the head is for screen readers only: what the column holds says itself. */
  readonly isBare?: boolean;
  readonly cell: (row: T) => Part;
  /** Numbers stand to the right. */
  readonly isNumber?: boolean;
}

/**
 * A table that is a list of cards where there is little room. Roles are said, since a table that is laid
 * out otherwise is none to a screen reader.
 */
export function table<T>(
  label: string,
  columns: readonly Column<T>[],
  rows: readonly T[],
  keyOf: (row: T) => string,
): Html {
  const heads = columns.map(
    ({ head, isNumber, isBare }) =>
      html`<th role="columnheader" scope="col" class="${isNumber === true && "num"}">
        ${isBare === true ? html`<span class="unseen">${head}</span>` : head}
      </th>`,
  );
  return html`<table
    role="table"
    class="${label.toLowerCase().replaceAll(" ", "-")}"
    aria-label="${label}"
  >
    <thead role="rowgroup">
      <tr role="row">
        ${heads}
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${rows.map((row) => rowOf(row, columns, keyOf(row)))}
    </tbody>
  </table>`;
}

function rowOf<T>(row: T, [first, ...others]: readonly Column<T>[], key: string): Html {
  const cells = others.map(
    ({ head, isNumber, isBare, cell }) =>
      html`<td
        role="cell"
        data-head="${isBare !== true && head}"
        class="${isNumber === true && "num"}"
      >
        <div>${cell(row)}</div>
      </td>`,
  );
  return html`<tr role="row" data-key="${key}">
    <th role="rowheader" scope="row">${first!.cell(row)}</th>
    ${cells}
  </tr>`;
}

/** When something ran, and how long it took. */
export function ran(atMs: number | undefined, durationMs: number | undefined): Html {
  const took = durationMs !== undefined && `took ${duration(durationMs)}`;
  return html`${ago(atMs)} <span class="quiet">${took}</span>`;
}

/** The text for an empty list. */
export function empty(title: string, hint: Part): Html {
  return html`<div class="empty">
    <p class="empty-title">${title}</p>
    <p>${hint}</p>
  </div>`;
}

/** The text for data that could not be loaded. */
export function trouble(title: string, why: Part): Html {
  return html`<div class="trouble" role="status">
    <p class="empty-title">${mark("fail", title)}</p>
    <p>${why}</p>
  </div>`;
}

/** A button of an action, which only those see who may do it. */
export function action(
  label: string,
  title: string,
  act: string,
  more: { readonly needs?: string; readonly why?: boolean; readonly danger?: boolean } = {},
): Html {
  const { needs = "operator", why = false, danger = false } = more;
  return html`<button
    type="button"
    class="act${danger && " danger"}"
    data-act="${act}"
    data-needs="${needs}"
    data-title="${title}"
    aria-label="${title}"
    ${why && html` data-why`}
    hidden
  >
    ${label}
  </button>`;
}

/** Links to the pages of a list, which stand in the query under `name`. */
export function pager(
  { page, pages, total }: { readonly page: number; readonly pages: number; readonly total: number },
  name: string,
  query: URLSearchParams,
  section: string,
): Html | undefined {
  if (pages <= 1) return undefined;
  const link = (to: number, words: string): Html => {
    if (to < 1 || to > pages) return html`<span class="off">${words}</span>`;
    return html`<a href="${hrefWith(query, { [name]: String(to) }, section)}">${words}</a>`;
  };
  return html`<nav class="pager" aria-label="Pages of ${section}">
    ${link(page - 1, "← Previous")}<span
      >${page} of ${pages} <span class="quiet">(${total} in all)</span></span
    >${link(page + 1, "Next →")}
  </nav>`;
}

/** A link to this page with another query; a value that is `undefined` leaves it. */
export function hrefWith(
  query: URLSearchParams,
  changes: Readonly<Record<string, string | undefined>>,
  section: string,
): string {
  const next = new URLSearchParams(query);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) next.delete(name);
    else next.set(name, value);
  }
  const text = next.toString();
  return `${text === "" ? "./" : `?${text}`}#${section}`;
}
