import { type GroupDraft, grew, label, type RuleContext } from "./rule.ts";

const WHO = `${label("job")} on ${label("instance")}`;

/** Task numbers. */
export function taskRules({ exported }: RuleContext): GroupDraft {
  const up = exported.name("taskmon.up");
  const number = exported.name("taskmon.task.number");
  const heartbeats = (outcomes: string): string =>
    exported.series("taskmon.task.heartbeats", [`taskmon_outcome=~"${outcomes}"`]);
  const rate = (series: string): string => `sum without (taskmon_outcome) (rate(${series}[10m]))`;
  const held = exported.name("taskmon.exports.held");
  return {
    name: "taskmon tasks",
    rules: [
      {
        ...{ alert: "TaskWithoutNumber", urgency: "ticket", for: "5m" },
        expr: `${up} == 1 unless on (job, instance) ${number}`,
        summary: `${WHO} holds no task number`,
      },
      {
        ...{ alert: "TargetFull", urgency: "page" },
        expr: `sum by (job) (${grew(heartbeats("full"), "10m")})`,
        summary: `All task numbers of ${label("job")} are held, and more processes ask for one`,
      },
      {
        ...{ alert: "AllocatorFails", urgency: "page", for: "5m" },
        expr: `${rate(heartbeats("error"))} / ${rate(heartbeats(".*"))} > 0.5`,
        summary: `{{ $value | humanizePercentage }} of the heartbeats of ${WHO} fail`,
      },
      {
        ...{
          alert: "TaskNumberLost",
          urgency: "ticket",
          expr: grew(heartbeats("lost|collision"), "15m"),
        },
        summary: `${WHO} lost its task number: ${label("taskmon.outcome")}`,
      },
      {
        ...{
          alert: "ExportsHeld",
          urgency: "ticket",
          expr: `increase(${held}[5m]) > 0`,
          for: "10m",
        },
        summary: `Exports of ${WHO} are held: ${label("taskmon.reason")}`,
      },
    ],
  };
}
