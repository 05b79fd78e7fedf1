import { BOUNDS } from "../../../settings/settings.ts";
import { LOG_LEVELS } from "../../../shared/report.ts";
import type { SettingsView } from "../../views/settings.ts";
import { settingsTag, settingsView } from "../../views/settings.ts";
import { ago } from "../format.ts";
import { html, type Html } from "../html.ts";
import { table, trouble } from "../parts.ts";
import { type Section, section } from "../section.ts";

type SettingsData = SettingsView & { readonly tag: string };

const MAX_CHANGES = 20;

const HELP: Readonly<Record<string, string>> = {
  enabled: "Whether Taskmon works at all",
  flushIntervalMs: "From one flush to the next, in milliseconds",
  flushTimeoutMs: "The longest that one flush may take, in milliseconds",
  runtime: "Whether V8 and the event loop are measured",
  logLevel: "How much Taskmon says on the diag logger",
  services: "What is said of single services of an app",
  metrics: "Single metrics that are turned on or off",
};

/** The settings in effect, and who changed what. */
export const settingsSection: Section = section<SettingsData>({
  ...{ id: "settings", title: "Settings", reads: [] },
  load: (context) => ({ ...settingsView(context), tag: settingsTag(context) }),
  show({ values, failure, changes, tag }) {
    const rows = Object.entries(values).map(([name, value]) => ({ name, value }));
    return {
      aside: changes.length === 0 ? "as started" : `${changes.length} changes of late`,
      body: html`${failure !== undefined && trouble(`${failure.source} has no good settings`, html`${failure.message} <span class="quiet">${ago(failure.sinceMs)}</span>`)}${table(
          "Settings",
          [
            {
              head: "Setting",
              cell: ({ name }) =>
                html`<code>${name}</code> <span class="quiet">${HELP[name]}</span>`,
            },
            { head: "Value", cell: ({ value }) => html`<b>${valueOf(value)}</b>` },
            { head: "Actions", isBare: true, cell: ({ name, value }) => change(name, value, tag) },
          ],
          rows,
          ({ name }) => name,
        )}
        <h3>Who changed what</h3>
        ${
          changes.length === 0
            ? html`<p class="quiet">Nothing has been changed since the start.</p>`
            : table(
                "Changes",
                [
                  { head: "Setting", cell: ({ name }) => html`<code>${name}</code>` },
                  { head: "From, to", cell: ({ from, to }) => html`${from} → <b>${to}</b>` },
                  { head: "Who", cell: ({ who }) => who },
                  {
                    head: "Why",
                    cell: ({ why }) => why ?? html`<span class="quiet">not said</span>`,
                  },
                  { head: "When", cell: ({ atMs }) => ago(atMs) },
                ],
                changes.slice(0, MAX_CHANGES),
                ({ name, atMs }) => `${name} ${atMs}`,
              )
        }`,
    };
  },
});

function valueOf(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  const names = Object.entries(value as Record<string, Readonly<Record<string, unknown>>>);
  if (names.length === 0) return "none";
  return names.map(([name, said]) => `${name}: ${inWords(said)}`).join("; ");
}

function inWords(said: Readonly<Record<string, unknown>>): string {
  return Object.entries(said)
    .map(([key, value]) => `${key} ${String(value)}`)
    .join(", ");
}

function change(name: string, value: unknown, tag: string): Html | undefined {
  if (typeof value === "object") return undefined;
  const choices =
    typeof value === "boolean"
      ? "true false"
      : name === "logLevel"
        ? LOG_LEVELS.join(" ")
        : undefined;
  const bounds = name === "flushIntervalMs" || name === "flushTimeoutMs" ? BOUNDS[name] : undefined;
  return html`<button
    type="button"
    class="act"
    data-act="PATCH api/v1/settings"
    data-needs="operator"
    data-title="Change ${name}"
    aria-label="Change ${name}"
    data-why
    data-match="${tag}"
    data-setting="${name}"
    data-value="${valueOf(value)}"
    ${choices !== undefined && html` data-choices="${choices}"`}${bounds !== undefined && html` data-min="${bounds.min}" data-max="${bounds.max}"`}
    hidden
  >
    Change
  </button>`;
}
