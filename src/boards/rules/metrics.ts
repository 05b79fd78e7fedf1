import { type GroupDraft, grew, label, type RuleContext } from "./rule.ts";

const WHO = `${label("job")} on ${label("instance")}`;

/** What metrics do not show. */
export function metricRules({ exported }: RuleContext): GroupDraft {
  const dropped = (where: string): string =>
    exported.series("taskmon.measurements.dropped", [where]);
  return {
    name: "taskmon metrics",
    rules: [
      {
        ...{ alert: "MeasurementsDropped", urgency: "ticket" },
        expr: grew(dropped('taskmon_reason!="overflow"'), "15m"),
        summary: `${WHO} drops measurements: ${label("taskmon.reason")}`,
      },
      {
        ...{ alert: "SeriesCapReached", urgency: "ticket" },
        expr: grew(dropped('taskmon_reason="overflow"'), "15m"),
        summary: `A metric of ${WHO} has all the series that it may have`,
      },
    ],
  };
}
