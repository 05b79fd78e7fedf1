import { InvalidOptionError } from "../shared/errors.ts";
import type { MetricSpec } from "../metrics/index.ts";
import { choiceOption } from "../shared/options.ts";
import { dashboard, type DashboardDraft, type Repeat } from "./dashboard/dashboard.ts";
import type { Dashboard } from "./dashboard/model.ts";
import { panelsOf } from "./dashboard/of-spec.ts";
import { Exported, type NamingOptions } from "./exported.ts";
import { fleet } from "./topics/fleet.ts";
import { health } from "./topics/health.ts";
import { http } from "./topics/http.ts";
import { probes } from "./topics/probes.ts";
import { Queries } from "./topics/query.ts";
import { runtime } from "./topics/runtime.ts";
import type { Topic } from "./topics/topic.ts";

/** The topics of the package's dashboards. */
export const TOPICS = ["fleet", "http", "health", "probes", "runtime"] as const;

/** How a dashboard is made. */
export interface DashboardOptions extends NamingOptions {
  /** Whether rows are there once for each service, or for each task. @default once for all */
  readonly repeat?: Repeat | undefined;
}

const topics: Readonly<Record<(typeof TOPICS)[number], Topic>> = {
  ...{ fleet, http, health, probes, runtime },
};

/**
 * A dashboard about one part of the package.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` for a wrong option
 */
export function dashboardFor(
  topic: (typeof TOPICS)[number],
  options: DashboardOptions = {},
): Dashboard {
  const { title, description, anchor, sections } = topics[choiceOption("for", topic, TOPICS)];
  const queries = new Queries(new Exported(options));
  return dashboard({
    ...{ key: topic, title, description, repeat: repeatOf(options) },
    anchor: queries.exported.name(anchor),
    sections: sections(queries),
  });
}

/**
 * A dashboard of metrics of your own: a section for each service, and panels by each metric's kind.
 * @param key identifies the dashboard for ever, for example the spec file's name
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` for a wrong option, or no specs
 */
export function dashboardOf(
  specs: readonly MetricSpec[],
  key: string,
  options: DashboardOptions & { readonly title?: string | undefined } = {},
): Dashboard {
  const exported = new Exported(options);
  const sections: DashboardDraft["sections"] = [
    ...Map.groupBy(specs, ({ service }) => service.name),
  ].map(([title, own]) => ({ title, panels: own.flatMap((spec) => panelsOf(exported, spec)) }));
  if (sections.length === 0) throw new InvalidOptionError("specs", "one metric or more", specs);
  return dashboard({
    ...{ key, title: options.title ?? key, description: `The metrics of ${key}.` },
    ...{ anchor: exported.name("taskmon.up"), sections, repeat: repeatOf(options) },
  });
}

function repeatOf({ repeat }: DashboardOptions): Repeat | undefined {
  return repeat === undefined ? undefined : choiceOption("repeat", repeat, ["service", "task"]);
}
