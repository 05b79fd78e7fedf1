import { diagnosticReport, stackDump } from "../app/introspection/stack-dump.ts";
import type { AdminContext } from "./context.ts";
import { Problem } from "./problem.ts";
import type { Role } from "./roles.ts";
import { appAnswer } from "./views/app.ts";
import { checkViews, groupViews } from "./views/checks.ts";
import { fleetView } from "./views/fleet.ts";
import { metricsView, metricView, seriesView } from "./views/metrics.ts";
import { monitorViews } from "./views/monitors.ts";
import { overview } from "./views/overview.ts";
import { pageOf } from "./views/paging.ts";
import { probeViews } from "./views/probes.ts";
import { readerRows } from "./views/readers.ts";
import { settingsTag, settingsView } from "./views/settings.ts";

/** The answer to GET at a path below `api/v1/`. */
export interface Resource {
  /** Each `:name` stands for one segment. */
  readonly path: string;
  readonly role: Role;
  /** Plain data; a text is answered as it is. */
  read(context: AdminContext, query: URLSearchParams, names: readonly string[]): unknown;
  /** The tag, where it is not that of the answer. */
  tag?(context: AdminContext): string;
}

/** Checks or targets on one page of an answer. */
export const CHECKS_A_PAGE = 50;

const EVENTS_A_PAGE = 50;

/** Everything that can be read. */
export const RESOURCES: readonly Resource[] = [
  { path: "", role: "reader", read: () => ({ resources: RESOURCES.map(({ path }) => path) }) },
  { path: "overview", role: "reader", read: (context) => overview(context) },
  { path: "readers", role: "reader", read: (context) => ({ items: readerRows(context) }) },
  {
    path: "health",
    role: "reader",
    read: (context, query) => ({
      groups: groupViews(context),
      ...pageOf(checkViews(context), query.get("page"), CHECKS_A_PAGE),
    }),
  },
  {
    path: "health/:check",
    role: "reader",
    read: (context, _, [name]) => found(checkViews(context).find((check) => check.name === name)),
  },
  {
    path: "probes",
    role: "reader",
    read: (context, query) => pageOf(probeViews(context), query.get("page"), CHECKS_A_PAGE),
  },
  {
    path: "monitors",
    role: "reader",
    read: (context, query) => pageOf(monitorViews(context), query.get("page"), CHECKS_A_PAGE),
  },
  {
    path: "settings",
    role: "reader",
    read: (context) => settingsView(context),
    tag: settingsTag,
  },
  {
    path: "events",
    role: "reader",
    read: ({ recent }, query) => pageOf(recent.events, query.get("page"), EVENTS_A_PAGE),
  },
  { path: "metrics", role: "reader", read: (context, query) => metricsView(context, query) },
  {
    path: "metrics/:metric",
    role: "reader",
    read: (context, query, [name]) => found(metricView(context, name!, query)),
  },
  {
    path: "metrics/:metric/series",
    role: "reader",
    read: (context, query, [name]) => found(seriesView(context, name!, query)),
  },
  { path: "app", role: "reader", read: (context) => appAnswer(context) },
  { path: "fleet", role: "reader", read: (context) => fleetView(context) },
  { path: "stacks", role: "operator", read: () => stackDump() },
  { path: "report", role: "operator", read: () => diagnosticReport() },
];

function found<T>(value: T | undefined): T {
  if (value === undefined) throw new Problem(404, "There is nothing of that name");
  return value;
}
