import { type Overview, overview } from "../../views/overview.ts";
import { leaseBar } from "../drawings.ts";
import { ago } from "../format.ts";
import { html, type Html, type Part } from "../html.ts";
import { action, mark } from "../parts.ts";
import { type Section, section } from "../section.ts";

/** The process: its target, number, lease, start time and versions. */
export const overviewSection: Section = section<Overview>({
  ...{ id: "overview", title: "Overview", reads: [] },
  load: overview,
  show(data, _query, nowMs) {
    return {
      body: html`<div class="tiles">
          <div class="tile lead">${numberTile(data, nowMs)}</div>
          <div class="tile">
            <h3>Health</h3>
            <p class="figure">${mark(data.health)}</p>
            <p class="quiet">${data.enabled ? "Taskmon is on" : mark("off", "Taskmon is off")}</p>
          </div>
          <div class="tile">
            <h3>Running since</h3>
            <p class="figure small">${ago(data.startedAtMs)}</p>
            <p class="quiet">process ${data.pid} on ${data.host}</p>
          </div>
          <div class="tile">
            <h3>Versions</h3>
            ${facts([
              ["Service", data.version ?? "not said"],
              ["Taskmon", data.versions.taskmon],
              ["Node.js", data.versions.node],
            ])}
          </div>
        </div>
        <details data-key="who">
          <summary>Who this is</summary>
          ${facts([
            ["Service", data.service],
            ["Job", data.job],
            ["Region", data.region ?? "none"],
            ["Namespace", data.namespace ?? "none"],
            ["Instance", html`<code>${data.instanceId}</code>`],
            [
              "Domain, app, release",
              html`<code>${data.ids.domain} ${data.ids.app} ${data.ids.release}</code>`,
            ],
            ["Numbers are unique in", data.task.scope],
          ])}
          <p class="acts">
            ${action("Release the number", "Release the task number", "POST api/v1/task/release", { needs: "admin", why: true, danger: true })}
            ${action("Ask for a number", "Ask for a task number again", "POST api/v1/task/start", { needs: "admin" })}
            ${action("End the process", "End this process", "POST api/v1/kill", { needs: "admin", why: true, danger: true })}
          </p>
        </details>`,
    };
  },
});

function numberTile({ task }: Overview, nowMs: number): Html {
  const { number, worker, epoch, grantedAtMs, leasedUntilMs, leaseMs } = task;
  if (number === undefined) {
    return html`<h3>Task number</h3>
      <p class="figure">none ${mark(task.state)}</p>
      <p class="quiet">${WHY_NONE[task.state] ?? "It has no number now."}</p>`;
  }
  return html`<h3>Task number</h3>
    <p class="figure">
      ${number}${worker !== undefined && html`<span class="quiet">.${worker}</span>`}
      ${mark(task.state)}
    </p>
    ${leasedUntilMs !== undefined && leaseBar(nowMs, leasedUntilMs, leaseMs)}
    <p class="quiet"><span>granted ${ago(grantedAtMs)}</span><span>epoch ${epoch}</span></p>`;
}

const WHY_NONE: Readonly<Record<string, string>> = {
  unassigned: "It asks for one. Until then push readers hold their exports.",
  expired: "The lease ended before a heartbeat got through. It asks again.",
  released: "It was handed back.",
};

/** Facts as a list of terms. */
export function facts(list: readonly (readonly [term: string, fact: Part])[]): Html {
  return html`<dl>
    ${list.map(
      ([term, fact]) =>
        html`<div>
          <dt>${term}</dt>
          <dd>${fact}</dd>
        </div>`,
    )}
  </dl>`;
}
