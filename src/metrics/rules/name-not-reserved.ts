import { underscored } from "../../points/translation/metric-name.ts";
import type { Rule } from "./rule.ts";

/** What Prometheus' exposition calls the resource: `target_info`, and `target` in OpenMetrics. */
const RESERVED: ReadonlySet<string> = new Set(["target_info", "target"]);

/** The name is not that by which Prometheus learns what the process is. */
export const nameNotReserved: Rule = {
  code: "name-not-reserved",
  check: ({ name }) =>
    typeof name === "string" && RESERVED.has(underscored(name))
      ? [`name ${name} is one that Prometheus' exposition has for the resource; choose another`]
      : [],
};
