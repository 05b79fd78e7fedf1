import { underscored } from "../../points/translation/metric-name.ts";
import type { Rule } from "./rule.ts";

/** The name's ending does not say another kind to Prometheus than the metric's. */
export const nameUnambiguous: Rule = {
  code: "name-unambiguous",
  check({ name, kind }) {
    if (typeof name !== "string" || kind === "counter") return [];
    return underscored(name).endsWith("_total")
      ? [`name ${name} ends in "total", which Prometheus keeps for counters; leave that word out`]
      : [];
  },
};
