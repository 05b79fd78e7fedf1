import { labelName } from "../../points/translation/label-name.ts";
import { labelNames } from "./labels-declared.ts";
import type { Rule } from "./rule.ts";

/** The labels that Prometheus and its exporter set themselves. */
const RESERVED = /^(?:le|quantile|otel_scope_.*|otel_metric_overflow)$/;

/** No label has a name that Prometheus or its exporter sets itself. */
export const labelsNotReserved: Rule = {
  code: "labels-not-reserved",
  check: (draft) =>
    labelNames(draft)
      .filter((name) => RESERVED.test(labelName(name)))
      .map((name) => `label ${name} is one that Prometheus or its exporter sets itself; rename it`),
};
