import { type Exported, labels } from "../exported.ts";
import {
  type AlertDraft,
  type GroupDraft,
  label,
  type Recording,
  type RuleContext,
} from "./rule.ts";

/**
 * Requests that this side failed: any error type, except a client that went away. Servers give
 * one to a status of 500 and more, and to what never got a status (docs/http.md).
 */
export const SERVER_ERRORS = 'error_type!~"|client_disconnected"';

const WINDOWS = ["5m", "30m", "1h", "6h", "3d"];

/**
 * The error budget's burn rates for an objective over 30 days, from the SRE workbook's chapter "Alerting
 * on SLOs": 2 % of the budget in an hour, 5 % in six, 10 % in three days.
 */
const BURNS = [
  { alert: "HttpErrorBudgetBurnsFast", urgency: "page", factor: 14.4, long: "1h", short: "5m" },
  { alert: "HttpErrorBudgetBurns", urgency: "page", factor: 6, long: "6h", short: "30m" },
  { alert: "HttpErrorBudgetBurnsSlowly", urgency: "ticket", factor: 1, long: "3d", short: "6h" },
] as const;

/** Failed requests of servers, against an objective. */
export function httpRules(context: RuleContext): GroupDraft {
  const { exported, by, errorBudget } = context;
  const keys = by === "route" ? ["job", "http.route"] : ["job"];
  const whose = by === "route" ? `${label("job")} ${label("http.route")}` : label("job");
  return {
    name: "taskmon http",
    rules: [
      ...WINDOWS.map((window) => errorRatio(exported, keys, window)),
      ...BURNS.map(({ alert, urgency, factor, long, short }): AlertDraft => ({
        ...{ alert, urgency },
        expr: [long, short]
          .map((window) => `${recordOf(keys, window)} > ${rounded(factor * errorBudget)}`)
          .join(" and "),
        summary: `{{ $value | humanizePercentage }} of the requests to ${whose} failed within ${long}`,
      })),
    ],
  };
}

function errorRatio(exported: Exported, keys: readonly string[], window: string): Recording {
  const metric = "http.server.request.duration";
  const rate = (where: readonly string[]): string =>
    `sum by (${labels(...keys)}) (rate(${exported.series(metric, where, "count")}[${window}]))`;
  const all = rate([]);
  // Where nothing failed there are no such series, and the ratio is 0.
  return {
    record: recordOf(keys, window),
    expr: `(${rate([SERVER_ERRORS])} or ${all} * 0) / ${all}`,
  };
}

function recordOf(keys: readonly string[], window: string): string {
  return `${labels(...keys).replaceAll(", ", "_")}:http_server_errors:ratio_rate${window}`;
}

/** Without the dust of binary fractions. */
function rounded(value: number): number {
  return Number(value.toPrecision(10));
}
