import { lines, number, table } from "../dashboard/panels.ts";
import type { Queries } from "./query.ts";
import type { Topic } from "./topic.ts";

const TASK = ["job", "instance"];

/** Who is there, under which number, and whether its metrics get out. */
export const fleet: Topic = {
  title: "Taskmon: the fleet",
  description: "Which tasks run, under which numbers, and whether their metrics get out.",
  anchor: "taskmon.up",
  sections: (q) => [
    { title: "Now", repeats: false, panels: now(q) },
    { title: "Task numbers", panels: numbers(q) },
    { title: "Exports", panels: exports(q) },
  ],
};

function now(q: Queries) {
  const each = (metric: string): string => `max by (job, instance) (${q.series(metric)})`;
  const without = `${q.series("taskmon.up")} unless on (job, instance) ${q.series("taskmon.task.number")}`;
  return [
    number({ title: "Tasks", description: "Processes that report." }, "short", {
      ...{ expr: `count(${q.series("taskmon.up")})`, legend: "tasks" },
    }),
    number({ title: "Numbers held", description: "Processes that hold a task number." }, "short", {
      expr: `count(${q.series("taskmon.task.number")})`,
      legend: "numbers",
    }),
    number({ title: "Without a number", description: "Processes that hold none." }, "short", {
      expr: `count(${without}) or vector(0)`,
      legend: "without",
    }),
    table({ title: "Tasks now", description: "One row for each process." }, [
      { legend: "number", unit: "none", expr: each("taskmon.task.number") },
      { legend: "lease left", unit: "s", expr: each("taskmon.task.lease.remaining") },
      { legend: "epoch", unit: "none", expr: each("taskmon.task.epoch") },
      { legend: "uptime", unit: "s", expr: each("process.uptime") },
    ]),
  ];
}

function numbers(q: Queries) {
  return [
    lines({ title: "Task number", description: "The number that each process holds." }, "none", {
      expr: `max by (job, instance) (${q.series("taskmon.task.number")})`,
      legend: TASK_LEGEND,
    }),
    lines(
      {
        title: "Lease left",
        description: "The time until the number is lost, unless it is renewed.",
      },
      "s",
      {
        expr: `min by (job, instance) (${q.series("taskmon.task.lease.remaining")})`,
        legend: TASK_LEGEND,
      },
    ),
    lines(
      { title: "Heartbeats", description: "Asked of the allocator, by what it answered." },
      "cps",
      {
        expr: q.rate("taskmon.task.heartbeats", ["taskmon.outcome"]),
        legend: "{{taskmon_outcome}}",
      },
    ),
    lines({ title: "Heartbeat duration, p99", description: "How long the allocator takes." }, "s", {
      expr: q.quantile(0.99, "taskmon.task.heartbeat.duration", []),
      legend: "p99",
    }),
  ];
}

function exports(q: Queries) {
  const outcome = ["taskmon.reader", "taskmon.outcome"];
  return [
    lines(
      { title: "Exports", description: "Exports and answered scrapes, by reader and outcome." },
      "cps",
      {
        expr: q.rate("taskmon.exports", outcome),
        legend: "{{taskmon_reader}} {{taskmon_outcome}}",
      },
    ),
    lines({ title: "Since the last success", description: "How old what a backend has is." }, "s", {
      expr: `max by (job, instance, taskmon_reader) (time() - ${q.series("taskmon.export.last_success")})`,
      legend: `${TASK_LEGEND} {{taskmon_reader}}`,
    }),
    lines(
      { title: "Export duration, p99", description: "From the first batch to the last one's end." },
      "s",
      {
        expr: q.quantile(0.99, "taskmon.export.duration", ["taskmon.reader"]),
        legend: "{{taskmon_reader}}",
      },
    ),
    lines({ title: "Data points", description: "What became of them." }, "cps", {
      expr: q.rate("taskmon.export.points", outcome),
      legend: "{{taskmon_reader}} {{taskmon_outcome}}",
    }),
    lines(
      {
        title: "Held and dropped",
        description: "Exports held for want of a number, and measurements dropped, by reason.",
      },
      "cps",
      {
        expr: `${q.rate("taskmon.exports.held", ["taskmon.reason"])} or vector(0)`,
        legend: "held {{taskmon_reason}}",
      },
      {
        expr: `${q.rate("taskmon.measurements.dropped", ["taskmon.reason"])} or vector(0)`,
        legend: "dropped {{taskmon_reason}}",
      },
    ),
  ];
}

const TASK_LEGEND = TASK.map((key) => `{{${key}}}`).join(" ");
