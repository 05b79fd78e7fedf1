import { lines, stateTimeline } from "../dashboard/panels.ts";
import { numbered, STATE_COLORS } from "./states.ts";
import type { Topic } from "./topic.ts";

const NAME = ["job", "instance", "health.check.name"];
const STATES = ["pass", "warn", "fail", "unknown", "paused"] as const;

/** Health checks: their states and durations. */
export const health: Topic = {
  title: "Taskmon: health checks",
  description: "Where each health check stands, how often it changes, and how long it takes.",
  anchor: "taskmon.up",
  sections: (q) => [
    {
      title: "Health checks",
      panels: [
        stateTimeline(
          { title: "States", description: "Where each check stood.", width: 24, height: 10 },
          numbered(STATES, STATE_COLORS),
          {
            expr: q.stateNumber("health.check.status", "health.check.state", STATES, NAME),
            legend: "{{instance}} {{health_check_name}}",
          },
        ),
        lines({ title: "Failures in a row", description: "-1 before the first run." }, "short", {
          expr: `max by (job, instance, health_check_name) (${q.series("health.check.consecutive_failures")})`,
          legend: "{{instance}} {{health_check_name}}",
        }),
        lines({ title: "Duration, p95", description: "How long runs take, by check." }, "s", {
          expr: q.quantile(0.95, "health.check.duration", ["health.check.name"]),
          legend: "{{health_check_name}}",
        }),
        lines({ title: "Changes", description: "Changes from one state to another." }, "cps", {
          expr: q.rate("health.check.transitions", ["health.check.name", "to"]),
          legend: "{{health_check_name}} → {{to}}",
        }),
        lines({ title: "Runs", description: "Runs per second, by outcome." }, "cps", {
          expr: q.rate("health.check.duration", ["health.check.outcome"], [], "count"),
          legend: "{{health_check_outcome}}",
        }),
      ],
    },
  ],
};
