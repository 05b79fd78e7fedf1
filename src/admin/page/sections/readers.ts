import { type ReaderRow, readerRows } from "../../views/readers.ts";
import { ago, count, duration } from "../format.ts";
import { html } from "../html.ts";
import { empty, mark, table, whyNot } from "../parts.ts";
import { type Section, section } from "../section.ts";

/** Who exports the metrics, and what comes of it. */
export const readersSection: Section = section<ReaderRow[]>({
  ...{ id: "readers", title: "Readers and exports", reads: [] },
  load: readerRows,
  show(rows) {
    if (rows.length === 0) {
      const hint = html`Nobody exports the metrics yet. Attach a reader with
        <code>taskmon.attach(reader)</code>.`;
      return { aside: "none", body: empty("No reader is attached", hint) };
    }
    const bad = rows.filter(({ state }) => state === "silent" || state === "failing").length;
    return {
      aside:
        bad === 0 ? `${rows.length} attached` : mark("fail", `${bad} of ${rows.length} in trouble`),
      body: table(
        "Readers",
        [
          {
            head: "Reader",
            cell: ({ name, kind }) => html`${name} <span class="quiet">${kind}</span>`,
          },
          { head: "State", cell: ({ state }) => mark(state, WORDS[state]) },
          { head: "Last success", cell: ({ lastSuccessAtMs }) => ago(lastSuccessAtMs) },
          { head: "Took", cell: ({ lastDurationMs }) => duration(lastDurationMs), isNumber: true },
          {
            head: "Done / failed / held",
            cell: ({ successes, failures, held }) =>
              `${count(successes)} / ${count(failures)} / ${count(held)}`,
            isNumber: true,
          },
          { head: "Points", cell: ({ pointsSent }) => count(pointsSent), isNumber: true },
          {
            head: "Last failure",
            cell: ({ lastFailure, silence, state }) =>
              lastFailure === undefined
                ? (silence ?? html`<span class="quiet">none</span>`)
                : html`${whyNot(state === "ok" ? "ok" : "fail", lastFailure.message)}
                    <span class="quiet">${ago(lastFailure.atMs)}</span>`,
          },
        ],
        rows,
        ({ name }) => name,
      ),
    };
  },
});

const WORDS: Readonly<Record<ReaderRow["state"], string>> = {
  silent: "silent",
  held: "held back",
  failing: "failing",
  waiting: "no export yet",
  unseen: "not seen",
  ok: "ok",
};
