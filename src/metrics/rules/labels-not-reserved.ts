import { labelName } from "../../points/translation/label-name.ts";
import { labelNames } from "./labels-declared.ts";
import type { Rule } from "./rule.ts";

/** What Prometheus and its exporter put on series themselves. */
const RESERVED = /^(?:le|quantile|otel_scope_.*|otel_metric_overflow)$/;

/** No label has a name that something else puts on the series. */
export const labelsNotReserved: Rule = {
  code: "labels-not-reserved",
  check: (draft) =>
    labelNames(draft)
      .filter((name) => RESERVED.test(labelName(name)))
      .map((name) => `label ${name} is one that Prometheus or its exporter sets itself; rename it`),
};
