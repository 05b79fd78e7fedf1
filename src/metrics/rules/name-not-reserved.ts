import { underscored } from "../../points/translation/metric-name.ts";
import type { Rule } from "./rule.ts";

/** The names of the resource in Prometheus' exposition: `target_info`, and `target` in OpenMetrics. */
const RESERVED: ReadonlySet<string> = new Set(["target_info", "target"]);

/** The name is not one that the exposition uses for the resource. */
export const nameNotReserved: Rule = {
  code: "name-not-reserved",
  check: ({ name }) =>
    typeof name === "string" && RESERVED.has(underscored(name))
      ? [`name ${name} is reserved for the resource in Prometheus' exposition; choose another`]
      : [],
};
