import { type GroupDraft, grew, label, type RuleContext } from "./rule.ts";

const WHO = `${label("taskmon.reader")} on ${label("instance")}`;

/** Readers whose metrics do not get through. */
export function exportRules({ exported }: RuleContext): GroupDraft {
  const outcome = (name: string): string =>
    exported.series("taskmon.exports", [`taskmon_outcome="${name}"`]);
  const success = exported.name("taskmon.export.last_success");
  const interval = exported.name("taskmon.export.interval");
  const rate = (series: string): string => `sum without (taskmon_outcome) (rate(${series}[15m]))`;
  const rejected = exported.series("taskmon.export.points", ['taskmon_outcome="rejected"']);
  return {
    name: "taskmon exports",
    rules: [
      {
        // The silent reader cannot report this: a scrape or a second reader does.
        ...{ alert: "ExporterSilent", urgency: "page" },
        // Five minutes, or five intervals where these are longer.
        expr: `time() - ${success} > 300 unless time() - ${success} <= 5 * ${interval}`,
        summary: `Nothing of ${WHO} got through for {{ $value | humanizeDuration }}`,
      },
      {
        // The gauge is absent until then.
        ...{ alert: "ExporterNeverSucceeded", urgency: "page", for: "5m" },
        expr: `${outcome("failure")} > 0 unless ignoring (taskmon_outcome) ${outcome("success")}`,
        summary: `No export of ${WHO} ever got through`,
      },
      {
        // Where the figures come by the same way, they stop coming. Between rare exports they do so too.
        ...{ alert: "ExporterGone", urgency: "ticket" },
        expr:
          `last_over_time(${success}[1h]) unless ${success} unless ` +
          `time() - last_over_time(${success}[1h]) <= 5 * last_over_time(${interval}[1h])`,
        summary: `${WHO} is not heard of any more`,
      },
      {
        ...{ alert: "ExportsFail", urgency: "ticket", for: "5m" },
        expr: `${rate(outcome("failure"))} / ${rate(exported.name("taskmon.exports"))} > 0.2`,
        summary: `{{ $value | humanizePercentage }} of the exports of ${WHO} fail`,
      },
      {
        ...{ alert: "PointsRejected", urgency: "ticket", expr: grew(rejected, "15m") },
        summary: `A receiver rejects data points of ${WHO}`,
      },
    ],
  };
}
