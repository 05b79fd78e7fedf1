import { underscored } from "../../points/translation/metric-name.ts";
import type { Rule } from "./rule.ts";

/** Only the name of a counter ends in `total`, which marks counters in Prometheus. */
export const nameUnambiguous: Rule = {
  code: "name-unambiguous",
  check({ name, kind }) {
    if (typeof name !== "string" || kind === "counter") return [];
    return underscored(name).endsWith("_total")
      ? [
          `name ${name} ends in "total", which Prometheus reserves for counters; leave that word out`,
        ]
      : [];
  },
};
