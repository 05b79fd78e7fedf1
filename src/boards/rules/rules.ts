import { InvalidOptionError } from "../../shared/errors.ts";
import { choiceOption, numberOption, textOption } from "../../shared/options.ts";
import { Exported, type NamingOptions } from "../exported.ts";
import { exportRules } from "./exports.ts";
import { healthRules } from "./health.ts";
import { httpRules } from "./http.ts";
import { metricRules } from "./metrics.ts";
import { monitorRules } from "./monitors.ts";
import { probeRules } from "./probes.ts";
import type { AlertDraft, GroupDraft, Recording, RuleContext, Urgency } from "./rule.ts";
import { taskRules } from "./tasks.ts";

/** The topics of rules. */
export const RULE_TOPICS = [
  "http",
  "health",
  "probes",
  "monitors",
  "exports",
  "tasks",
  "metrics",
] as const;

/** How rules are made. */
export interface RuleOptions extends NamingOptions {
  /** The topics of the rules. @default everything */
  readonly topics?: readonly (typeof RULE_TOPICS)[number][] | undefined;
  /** The objective for HTTP: how many of 100 requests succeed. @default 99.9 */
  readonly slo?: number | undefined;
  /** Whether the objective is each service's, or each route's. @default `service` */
  readonly by?: "service" | "route" | undefined;
  /** Where the page of runbooks is; an alert's section is its name. @default that of this package */
  readonly runbook?: string | undefined;
}

/** An alert as Prometheus takes it. */
export interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: Urgency };
  readonly annotations: { readonly summary: string; readonly runbook_url: string };
}

/** A group of rules as Prometheus takes it. */
export interface RuleGroup {
  readonly name: string;
  readonly rules: readonly (Alert | Recording)[];
}

/** The docs are in the package, and unpkg serves the files of packages. */
export const RUNBOOK = "https://unpkg.com/taskmon/docs/runbook.md";

const topics: Readonly<Record<(typeof RULE_TOPICS)[number], (context: RuleContext) => GroupDraft>> =
  {
    ...{ http: httpRules, health: healthRules, probes: probeRules, monitors: monitorRules },
    ...{ exports: exportRules, tasks: taskRules, metrics: metricRules },
  };

/**
 * Recording and alert rules for the metrics of this package.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function rulesFor(options: RuleOptions = {}): RuleGroup[] {
  const slo = numberOption("slo", options.slo, { min: 1, max: 99.9999, default: 99.9 });
  const context: RuleContext = {
    exported: new Exported(options),
    errorBudget: Number((1 - slo / 100).toPrecision(8)),
    by: choiceOption("by", options.by, ["service", "route"]),
  };
  const runbook = textOption("runbook", options.runbook ?? RUNBOOK, 1_000);
  const chosen = options.topics ?? RULE_TOPICS;
  if (chosen.length === 0) throw new InvalidOptionError("topics", "one topic or more", chosen);
  return chosen.map((topic) => {
    const { name, rules } = topics[choiceOption("topics", topic, RULE_TOPICS)](context);
    return { name, rules: rules.map((rule) => ("alert" in rule ? alertOf(rule, runbook) : rule)) };
  });
}

function alertOf({ alert, expr, urgency, summary, ...rest }: AlertDraft, runbook: string): Alert {
  return {
    ...{ alert, expr },
    ...(rest.for !== undefined && { for: rest.for }),
    labels: { severity: urgency },
    annotations: { summary, runbook_url: `${runbook}#${alert.toLowerCase()}` },
  };
}
