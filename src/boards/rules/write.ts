import { yaml } from "../yaml/yaml.ts";
import type { RuleGroup } from "./rules.ts";

/** The forms in which rules are written. */
export const RULE_FORMATS = ["prometheus", "kubernetes"] as const;

/** The rules as a file for Prometheus, or as a `PrometheusRule` for its operator. */
export function rulesText(
  groups: readonly RuleGroup[],
  format: (typeof RULE_FORMATS)[number],
  name = "taskmon",
): string {
  const spec = { groups };
  return yaml(
    format === "prometheus"
      ? spec
      : {
          ...{ apiVersion: "monitoring.coreos.com/v1", kind: "PrometheusRule" },
          ...{ metadata: { name, labels: { role: "alert-rules" } }, spec },
        },
  );
}
