import { type GroupDraft, label, type RuleContext } from "./rule.ts";

/** Services that others wait for. */
export function monitorRules({ exported }: RuleContext): GroupDraft {
  const down = exported.series("health.monitor.status", ['health_monitor_state="down"']);
  return {
    name: "taskmon monitors",
    rules: [
      {
        ...{ alert: "MonitoredServiceDown", urgency: "page", expr: `${down} == 1`, for: "5m" },
        summary: `${label("health.monitor.name")} is down, seen from ${label("instance")}`,
      },
    ],
  };
}
