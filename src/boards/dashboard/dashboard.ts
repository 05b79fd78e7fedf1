import { createHash } from "node:crypto";
import type { Dashboard, Panel, PanelDraft, RowPanel, Variable } from "./model.ts";
import { refId } from "./panels.ts";

/** The label over which rows are repeated: services (`job`) or tasks (`instance`). */
export type Repeat = "service" | "task";

/** A group of panels under a title. */
export interface Section {
  readonly title: string;
  readonly panels: readonly PanelDraft[];
  /** False for a row that compares services or tasks, so that it appears once. @default true */
  readonly repeats?: boolean;
}

/** The parts of a dashboard. */
export interface DashboardDraft {
  /** Names the dashboard for ever: imported again, it replaces itself. */
  readonly key: string;
  readonly title: string;
  readonly description: string;
  /** A metric that every service has. Its labels fill the variables. */
  readonly anchor: string;
  readonly sections: readonly Section[];
  readonly repeat?: Repeat | undefined;
}

/** The selector of the services and tasks that the dashboard's variables choose. */
export const CHOSEN = ['job=~"$job"', 'instance=~"$instance"'] as const;

const DATASOURCE = { type: "prometheus", uid: "${datasource}" } as const;
const COLUMNS = 24;

/** The dashboard as Grafana imports it. */
export function dashboard(draft: DashboardDraft): Dashboard {
  return {
    uid: uidOf(draft.key),
    title: draft.title,
    description: draft.description,
    ...{ tags: ["taskmon"], timezone: "browser", editable: true, graphTooltip: 1 },
    ...{ time: { from: "now-1h", to: "now" }, refresh: "30s", schemaVersion: 41 },
    templating: { list: variables(draft.anchor) },
    annotations: { list: [] },
    panels: placed(draft),
  };
}

/** At most 40 characters, Grafana's limit: a long key ends in its own digest. */
export function uidOf(key: string): string {
  const plain = `taskmon-${key.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}`;
  if (plain.length <= 40 && !plain.endsWith("-")) return plain;
  return `${plain.slice(0, 27)}-${createHash("sha256").update(key).digest("hex").slice(0, 12)}`;
}

function variables(anchor: string): Variable[] {
  return [
    { type: "datasource", name: "datasource", label: "Data source", query: "prometheus" },
    labelVariable("job", "Service", `label_values(${anchor}, job)`),
    labelVariable("instance", "Task", `label_values(${anchor}{job=~"$job"}, instance)`),
  ];
}

function labelVariable(name: string, label: string, query: string): Variable {
  return {
    type: "query",
    name,
    label,
    query: { query, refId: name },
    definition: query,
    datasource: DATASOURCE,
    multi: true,
    includeAll: true,
    allValue: ".*",
    // Asked again when the time range changes; sorted by name.
    refresh: 2,
    sort: 1,
    current: { text: ["All"], value: ["$__all"] },
  };
}

function placed({ sections, repeat }: DashboardDraft): (Panel | RowPanel)[] {
  const panels: (Panel | RowPanel)[] = [];
  let y = 0;
  for (const section of sections) {
    const repeats = section.repeats !== false && repeat !== undefined;
    panels.push({
      ...{ type: "row", id: panels.length + 1, collapsed: false, panels: [] },
      title: repeats ? `${section.title}: ${TITLES[repeat]}` : section.title,
      gridPos: { h: 1, w: COLUMNS, x: 0, y },
      ...(repeats && { repeat: VARIABLES[repeat] }),
    });
    y += 1;
    let x = 0;
    let highest = 0;
    for (const { width: w = 8, height: h = 8, targets, ...draft } of section.panels) {
      if (x + w > COLUMNS) {
        y += highest;
        x = 0;
        highest = 0;
      }
      panels.push({
        ...draft,
        id: panels.length + 1,
        datasource: DATASOURCE,
        gridPos: { h, w, x, y },
        targets: targets.map((target, at) => ({
          ...{ refId: refId(at), datasource: DATASOURCE, ...target },
        })),
      });
      x += w;
      highest = Math.max(highest, h);
    }
    y += highest;
  }
  return panels;
}

const VARIABLES = { service: "job", task: "instance" } as const;
const TITLES = { service: "$job", task: "$instance" } as const;
