import { heatmap, lines, stateTimeline } from "../dashboard/panels.ts";
import { numbered, STATE_COLORS } from "./states.ts";
import type { Topic } from "./topic.ts";

const TARGET = ["health.probe.name", "health.probe.target"];
const LEGEND = "{{health_probe_name}} {{health_probe_target}}";
const STATES = ["pass", "warn", "unknown", "paused", "maintenance", "explained", "fail"] as const;

const SERVICE_STATES = ["up", "unknown", "down"] as const;

/** Probes of other services, and the services that others wait for. */
export const probes: Topic = {
  title: "Taskmon: probes and monitors",
  description:
    "Where each target and each service stands, how long it takes, and when its certificate expires.",
  anchor: "taskmon.up",
  sections: (q) => [
    {
      title: "Probes",
      panels: [
        stateTimeline(
          { title: "States", description: "Where each target stood.", width: 24, height: 10 },
          numbered(STATES, STATE_COLORS),
          {
            expr: q.stateNumber("health.probe.status", "health.probe.state", STATES, TARGET),
            legend: LEGEND,
          },
        ),
        lines(
          { title: "Passed", description: "The share of runs that passed, by target." },
          "percentunit",
          {
            expr: `(${q.rate("health.probe.runs", TARGET, ['health_probe_outcome="pass"'])} or ${q.rate("health.probe.runs", TARGET)} * 0) / ${q.rate("health.probe.runs", TARGET)}`,
            legend: LEGEND,
          },
        ),
        lines({ title: "Latency, p95", description: "How long targets take." }, "s", {
          expr: q.quantile(0.95, "health.probe.duration", TARGET, ['health_probe_outcome="pass"']),
          legend: LEGEND,
        }),
        heatmap(
          { title: "Latencies", description: "How many runs took how long." },
          "s",
          q.buckets("health.probe.duration"),
        ),
        lines({ title: "Why runs fail", description: "Failed runs per second, by error." }, "cps", {
          expr: `${q.rate("health.probe.runs", ["error.type"], ['health_probe_outcome="fail"'])} or vector(0)`,
          legend: "{{error_type}}",
        }),
        lines(
          { title: "Phases, p95", description: "The parts of a run: name, connection, answer." },
          "s",
          {
            expr: q.quantile(0.95, "health.probe.phase.duration", ["health.probe.phase"]),
            legend: "{{health_probe_phase}}",
          },
        ),
        lines(
          { title: "Certificates expire in", description: "The time that is left, by target." },
          "s",
          {
            expr: `min by (health_probe_name, health_probe_target) (${q.series("health.probe.tls.certificate.not_after")} - time())`,
            legend: LEGEND,
          },
        ),
        lines({ title: "Targets", description: "Targets that are listed, by probe." }, "short", {
          expr: `max by (health_probe_name) (${q.series("health.probe.targets")})`,
          legend: "{{health_probe_name}}",
        }),
      ],
    },
    {
      title: "Monitors",
      panels: [
        stateTimeline(
          { title: "Services", description: "Where each monitored service stood.", width: 24 },
          numbered(SERVICE_STATES, STATE_COLORS),
          {
            expr: q.stateNumber("health.monitor.status", "health.monitor.state", SERVICE_STATES, [
              ...["instance", "health.monitor.name"],
            ]),
            legend: "{{instance}} {{health_monitor_name}}",
          },
        ),
        lines(
          {
            title: "Monitor probes, p95",
            description: "How long services take to say how they are.",
          },
          "s",
          {
            expr: q.quantile(0.95, "health.monitor.probe.duration", ["health.monitor.name"]),
            legend: "{{health_monitor_name}}",
          },
        ),
        lines({ title: "Guarded requests", description: "What the guard decided." }, "reqps", {
          expr: `${q.rate("health.monitor.requests", ["health.monitor.name", "health.monitor.decision"])} or vector(0)`,
          legend: "{{health_monitor_name}} {{health_monitor_decision}}",
        }),
      ],
    },
  ],
};
