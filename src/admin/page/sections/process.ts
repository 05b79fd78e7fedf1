import { type RuntimeView, runtimeView } from "../../../app/introspection/runtime-view.ts";
import type { AdminContext } from "../../context.ts";
import { type AppAnswer, appAnswer } from "../../views/app.ts";
import { ago, bytes } from "../format.ts";
import { html, type Html } from "../html.ts";
import { empty, mark, table, trouble, whyNot } from "../parts.ts";
import { type Section, section } from "../section.ts";
import { facts } from "./overview.ts";

/** For so long its memory and load are shown as they were: they are others at each look. */
const RUNTIME_KEPT_MS = 10_000;

const runtimes = new WeakMap<AdminContext, { readonly atMs: number; readonly view: RuntimeView }>();

/** The services of the app, and the process that they run in. */
export const processSection: Section = section<AppAnswer>({
  ...{ id: "services", title: "Services", reads: [] },
  load: (context) => appAnswer(context, runtimeOf(context)),
  show({ app, config, runtime }) {
    const { memory, resources } = runtime;
    const process = html`<details data-key="process">
      <summary>The process</summary>
      ${facts([
        ["Platform", `${runtime.platform}, ${runtime.parallelism} cores`],
        [
          "Memory",
          `${bytes(memory["rss"] ?? 0)} resident, ${bytes(memory["heapUsed"] ?? 0)} of heap`,
        ],
        ["Event loop busy", `${Math.round(runtime.eventLoopUtilization * 100)} % of its time`],
        [
          "Kept alive by",
          Object.entries(resources)
            .map(([kind, n]) => `${kind} ${n}`)
            .join(", ") || "nothing",
        ],
        ["V8, OpenSSL", `${runtime.versions["v8"]}, ${runtime.versions["openssl"]}`],
      ])}
    </details>`;
    if (app === undefined) {
      const hint = html`Give an app of <code>taskmon/app</code> as the option <code>app</code> to
        see its services here.`;
      return {
        aside: "no app",
        body: html`${empty("There is no app of services", hint)}${process}`,
      };
    }
    return {
      aside: html`app ${mark(app.state)}`,
      body: html`${
        app.services.length === 0
          ? empty("The app has no service", "Register one, and it is here.")
          : table(
              "Services of the app",
              [
                {
                  head: "Service",
                  cell: ({ name, id }) =>
                    html`${name} <span class="quiet"><code>${id}</code></span>`,
                },
                { head: "State", cell: ({ state }) => mark(state) },
                { head: "Since", cell: ({ since }) => ago(Date.parse(since)) },
                {
                  head: "Needs",
                  cell: ({ dependsOn }) =>
                    dependsOn.join(", ") || html`<span class="quiet">nothing</span>`,
                },
                { head: "Restarts", cell: ({ restarts }) => restarts, isNumber: true },
                { head: "Log level", cell: ({ name, logLevel }) => level(logLevel, name) },
                {
                  head: "Why",
                  cell: ({ reason }) =>
                    reason === undefined
                      ? html`<span class="quiet">–</span>`
                      : whyNot("fail", reason),
                },
              ],
              app.services,
              ({ id }) => id,
            )
      }${
        config !== undefined && "failure" in config
          ? trouble("The configuration's folder cannot be read", config.failure)
          : config !== undefined &&
            html`<p class="quiet">
              Configurations in <code>${config.dir}</code>:
              ${config.exists ? `${config.services.length} named by id` : "the folder does not exist"}
            </p>`
      }${process}`,
    };
  },
});

function runtimeOf(context: AdminContext): RuntimeView {
  const now = context.settings.clock.now();
  const before = runtimes.get(context);
  if (before !== undefined && now - before.atMs < RUNTIME_KEPT_MS) return before.view;
  const view = runtimeView();
  runtimes.set(context, { atMs: now, view });
  return view;
}

function level(current: string, service: string): Html {
  const path = `api/v1/app/services/${encodeURIComponent(service)}/log-level`;
  return html`${current}
    <button
      type="button"
      class="act"
      data-act="PUT ${path}"
      data-needs="operator"
      data-title="Set the log level of ${service}"
      aria-label="Set the log level of ${service}"
      data-field="level"
      data-choices="debug info warn error none"
      data-value="${current}"
      hidden
    >
      Change
    </button>`;
}
