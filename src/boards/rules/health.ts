import { failuresById } from "../own-specs.ts";
import { type GroupDraft, label, type RuleContext } from "./rule.ts";

/** Health checks of the processes themselves. */
export function healthRules({ exported }: RuleContext): GroupDraft {
  // OysterPack's gauge knows a check by its id.
  const failures = exported.name(
    exported.isHex ? failuresById : "health.check.consecutive_failures",
  );
  const check = label(exported.isHex ? "healthcheck" : "health.check.name");
  const failed = exported.series("health.check.transitions", ['to="fail"']);
  return {
    name: "taskmon health",
    rules: [
      {
        // The metric counts failures in a row, so this needs no `for`.
        ...{ alert: "HealthCheckFailing", urgency: "page", expr: `${failures} >= 3` },
        summary: `${check} failed {{ $value }} times in a row on ${label("instance")}`,
      },
      {
        // -1: it was registered, and has not run.
        ...{ alert: "HealthCheckNeverRan", urgency: "ticket", expr: `${failures} == -1` },
        for: "15m",
        summary: `${check} has not run on ${label("instance")}`,
      },
      {
        // Flapping: never three equal results in a row.
        ...{ alert: "HealthCheckFlapping", urgency: "ticket" },
        expr: `sum without (from, to) (increase(${failed}[1h])) > 5`,
        summary: `${label("health.check.name")} goes up and down on ${label("instance")}`,
      },
    ],
  };
}
