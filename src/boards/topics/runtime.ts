import { lines, number } from "../dashboard/panels.ts";
import type { Topic } from "./topic.ts";

const TASK = "{{job}} {{instance}}";

/** The processes themselves, with the metrics of `runtime: true`. */
export const runtime: Topic = {
  title: "Taskmon: Node.js",
  description:
    "The processes: event loop, heap and garbage collection. Takes `runtime: true` of createTaskmon.",
  anchor: "taskmon.up",
  sections: (q) => [
    {
      title: "Processes",
      panels: [
        number({ title: "Running", description: "Processes that report." }, "short", {
          ...{ expr: `sum(${q.series("taskmon.up")})`, legend: "running" },
        }),
        lines({ title: "Uptime", description: "How long each process has run.", width: 20 }, "s", {
          expr: `max by (job, instance) (${q.series("process.uptime")})`,
          legend: TASK,
        }),
        lines({ title: "Event loop delay, p99", description: "How late timers are." }, "s", {
          expr: `max by (job, instance) (${q.series("nodejs.eventloop.delay.p99")})`,
          legend: TASK,
        }),
        lines(
          { title: "Event loop utilization", description: "The share of time it was busy." },
          "percentunit",
          {
            expr: `max by (job, instance) (${q.series("nodejs.eventloop.utilization")})`,
            legend: TASK,
          },
        ),
        lines({ title: "Heap in use", description: "Over all spaces of V8's heap." }, "bytes", {
          expr: `sum by (job, instance) (${q.series("v8js.memory.heap.used")})`,
          legend: TASK,
        }),
        lines(
          { title: "Garbage collection", description: "The share of time, by kind." },
          "percentunit",
          {
            expr: q.rate("v8js.gc.duration", ["v8js.gc.type"], [], "sum"),
            legend: "{{v8js_gc_type}}",
          },
        ),
      ],
    },
  ],
};
