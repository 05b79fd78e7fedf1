import { labels } from "../exported.ts";
import { type GroupDraft, label, type RuleContext } from "./rule.ts";

const TARGET = ["job", "health.probe.name", "health.probe.target"];
const DAY_S = 86_400;

/** Probes of other services. */
export function probeRules({ exported }: RuleContext): GroupDraft {
  const by = labels(...TARGET);
  const target = `${label("health.probe.target")} (${label("health.probe.name")})`;
  const runs = (where: readonly string[]): string =>
    `sum by (${by}) (rate(${exported.series("health.probe.runs", where)}[10m]))`;
  const status = (states: string): string =>
    `max by (${by}) (${exported.series("health.probe.status", [`health_probe_state=~"${states}"`])}) == 1`;
  const ratio = "job_probe_target:health_probe_failures:ratio_rate10m";
  const expires = `min by (${by}) (${exported.series("health.probe.tls.certificate.not_after")}) - time()`;
  return {
    name: "taskmon probes",
    rules: [
      {
        record: ratio,
        expr: `(${runs(['health_probe_outcome="fail"'])} or ${runs([])} * 0) / ${runs([])}`,
      },
      {
        ...{ alert: "ProbeTargetDown", urgency: "page", expr: status("fail"), for: "2m" },
        summary: `${target} is down`,
      },
      {
        // Not while alerts are silenced, or another alert explains it.
        ...{ alert: "ProbeFailureRatio", urgency: "ticket", for: "10m" },
        expr: `${ratio} > 0.1 unless on (${by}) ${status("maintenance|explained|paused")}`,
        summary: `{{ $value | humanizePercentage }} of the probes of ${target} fail`,
      },
      {
        ...{ alert: "CertificateExpiresSoon", urgency: "ticket" },
        expr: `${expires} < ${21 * DAY_S}`,
        summary: `A certificate of ${target} expires in {{ $value | humanizeDuration }}`,
      },
      {
        ...{ alert: "CertificateExpires", urgency: "page" },
        expr: `${expires} < ${3 * DAY_S}`,
        summary: `A certificate of ${target} expires in {{ $value | humanizeDuration }}`,
      },
    ],
  };
}
